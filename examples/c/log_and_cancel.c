/*
 * Prints how many participants a RealtimeKit meeting has, and on stderr what the library logs. Ctrl-C cancels the call.
 *
 *     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
 *     ./log_and_cancel
 */
#define _POSIX_C_SOURCE 200809L

#include <participants.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns an environment variable, or exits if it is not set. */
static const char *required(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "%s is not set\n", name);
        exit(EXIT_FAILURE);
    }
    return value;
}

static const char *level_name(int32_t level)
{
    switch (level) {
    case RTK_LOG_ERROR: return "ERROR";
    case RTK_LOG_WARN: return "WARN";
    case RTK_LOG_INFO: return "INFO";
    default: return "DEBUG";
    }
}

/* Several threads may call it at the same time. One fprintf prints one line, so the lines do not mix. */
static void print_line(void *user_data, int32_t level, const char *message)
{
    fprintf(user_data, "%-5s %s\n", level_name(level), message);
}

/* Creates a client that logs. All other settings come from the environment. */
static rtk_status new_client(rtk_client **client, rtk_error **err)
{
    rtk_config *config = rtk_config_new();
    rtk_config_set_log(config, print_line, stderr);
    rtk_status status = rtk_client_new(config, client, err);
    rtk_config_free(config);
    return status;
}

static sigset_t interrupt(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    return signals;
}

/* Waits for Ctrl-C in a thread: a signal handler must not call the library. */
static void *cancel_at_interrupt(void *child)
{
    const sigset_t signals = interrupt();
    int signal = 0;
    sigwait(&signals, &signal);
    rtk_client_shutdown(child);
    return NULL;
}

/* Like rtk_get_participants, but Ctrl-C cancels the call. The child's shutdown ends no other call of the client. */
static rtk_status get_participants(const rtk_client *client, const char *account_id, const char *app_id,
                                   const char *meeting_id, rtk_participants **everyone, rtk_error **err)
{
    rtk_client *child = NULL;
    rtk_status status = rtk_client_child(client, &child, err);
    if (status != RTK_STATUS_OK)
        return status;
    pthread_t watcher;
    const bool watched = pthread_create(&watcher, NULL, cancel_at_interrupt, child) == 0;
    status = rtk_get_participants(child, account_id, app_id, meeting_id, everyone, err);
    if (watched) {
        pthread_kill(watcher, SIGINT); /* so that it ends */
        pthread_join(watcher, NULL);
    }
    rtk_client_free(child);
    return status;
}

int main(void)
{
    const char *account_id = required("CLOUDFLARE_ACCOUNT_ID");
    const char *app_id = required("REALTIMEKIT_APP_ID");
    const char *meeting_id = required("MEETING_ID");

    const sigset_t signals = interrupt();
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* in all threads: now only sigwait gets Ctrl-C */

    rtk_client *client = NULL;
    rtk_participants *everyone = NULL;
    rtk_error *err = NULL;
    rtk_status status = new_client(&client, &err);
    if (status == RTK_STATUS_OK)
        status = get_participants(client, account_id, app_id, meeting_id, &everyone, &err);

    if (status == RTK_STATUS_OK)
        printf("%zu participants\n", rtk_participants_count(everyone));
    else if (status == RTK_STATUS_CANCELLED)
        fputs("cancelled\n", stderr);
    else
        fprintf(stderr, "%s\n", rtk_error_message(err));

    rtk_participants_free(everyone);
    rtk_error_free(err);
    rtk_client_free(client);
    return status == RTK_STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
