/*
 * Usage: signals BASE_URL RESETTING_URL RESETTING_URL. The library does not change the signal handling of its program,
 * and raises no SIGPIPE.
 */
#define _DEFAULT_SOURCE

#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

/* The signal handling of this process, and the blocked signals and the handler stack of this thread. */
struct signal_state {
    int known[NSIG];
    void (*handlers[NSIG])(int);
    int flags[NSIG];
    int blocked[NSIG];
    void *handler_stack;
    int handler_stack_flags;
};

static struct signal_state signal_state_now(void)
{
    struct signal_state now;
    memset(&now, 0, sizeof now);
    sigset_t blocked;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0);
    stack_t stack;
    CHECK(sigaltstack(NULL, &stack) == 0);
    now.handler_stack = stack.ss_sp;
    now.handler_stack_flags = stack.ss_flags;
    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction action;
        /* The C library reserves some signals. */
        now.known[signal] = sigaction(signal, NULL, &action) == 0;
        if (now.known[signal]) {
            now.handlers[signal] = action.sa_handler;
            now.flags[signal] = action.sa_flags;
            now.blocked[signal] = sigismember(&blocked, signal);
        }
    }
    return now;
}

/* SIGPIPE has its default action: it would end the program. */
static void a_connection_reset_does_not_end_the_program(const char *resetting)
{
    rtk_client *client = client_for(resetting);
    for (int i = 0; i < 50; i++) {
        rtk_participants *out = NULL;
        rtk_error *err = NULL;
        CHECK_STATUS(rtk_get_participants(client, "account", APP, MEETING, &out, &err), RTK_STATUS_CONNECTION);
        CHECK(out == NULL);
        rtk_error_free(err);
    }
    rtk_client_free(client);
}

static void *shut_down(void *client)
{
    rtk_client_shutdown(client);
    return NULL;
}

static void a_shutdown_during_a_request_does_not_end_the_program(const char *base_url)
{
    for (int i = 0; i < 100; i++) {
        rtk_client *client = client_for(base_url);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, shut_down, client) == 0);
        struct timespec moment = { 0, 20000L * (i % 20) };
        nanosleep(&moment, NULL);
        rtk_participants *out = NULL;
        rtk_status status = rtk_get_participants(client, "account", APP, MEETING, &out, NULL);
        CHECK(status == RTK_STATUS_CANCELLED || status == RTK_STATUS_OK);
        CHECK(pthread_join(thread, NULL) == 0);
        rtk_participants_free(out);
        rtk_client_free(client);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    struct signal_state before = signal_state_now();
    CHECK(before.known[SIGPIPE] && before.handlers[SIGPIPE] == SIG_DFL && before.known[SIGSEGV]);
    a_connection_reset_does_not_end_the_program(argv[2]);
    a_connection_reset_does_not_end_the_program(argv[3]);
    a_shutdown_during_a_request_does_not_end_the_program(argv[1]);
    struct signal_state after = signal_state_now();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    return 0;
}
