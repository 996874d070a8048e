/* Usage: signals BASE_URL RESETTING_URL. A library in a host program leaves its signals alone, and bears with them. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

/* Those that a runtime might be tempted to handle. */
static const int SIGNALS[] = { SIGPIPE, SIGSEGV, SIGBUS, SIGABRT, SIGINT, SIGTERM, SIGCHLD, SIGALRM, SIGUSR1 };
#define SIGNALS_COUNT (sizeof SIGNALS / sizeof *SIGNALS)

static volatile sig_atomic_t interruptions;

static void count_interruption(int signal)
{
    (void)signal;
    interruptions++;
}

static void handlers(void (*found[])(int))
{
    for (size_t i = 0; i < SIGNALS_COUNT; i++) {
        struct sigaction action;
        CHECK(sigaction(SIGNALS[i], NULL, &action) == 0);
        found[i] = action.sa_handler;
    }
}

/* SIGPIPE has its default action here: it would end the program. */
static void a_connection_that_the_service_resets_does_not_end_the_program(const char *resetting)
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

static void a_shutdown_at_any_moment_of_a_request_does_not_end_the_program(const char *base_url)
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

struct call {
    rtk_client *client;
    pthread_mutex_t mutex;
    int over;
};

static void *get_everyone(void *context)
{
    struct call *call = context;
    rtk_participants *out = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(call->client, "account", APP, MEETING, &out, &err), err);
    CHECK(rtk_participants_count(out) == 1);
    rtk_participants_free(out);
    pthread_mutex_lock(&call->mutex);
    call->over = 1;
    pthread_mutex_unlock(&call->mutex);
    return NULL;
}

static void a_call_goes_on_through_signals_that_interrupt_it(const char *base_url)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_interruption; /* without SA_RESTART */
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);

    struct call call = { client_for(base_url), PTHREAD_MUTEX_INITIALIZER, 0 };
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, get_everyone, &call) == 0);
    for (int over = 0; !over;) {
        struct timespec moment = { 0, 5000000L };
        nanosleep(&moment, NULL);
        pthread_mutex_lock(&call.mutex);
        over = call.over;
        if (!over)
            pthread_kill(thread, SIGUSR1);
        pthread_mutex_unlock(&call.mutex);
    }
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(interruptions > 0);
    rtk_client_free(call.client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    void (*before[SIGNALS_COUNT])(int);
    void (*after[SIGNALS_COUNT])(int);
    handlers(before);
    a_connection_that_the_service_resets_does_not_end_the_program(argv[2]);
    a_shutdown_at_any_moment_of_a_request_does_not_end_the_program(argv[1]);
    handlers(after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    a_call_goes_on_through_signals_that_interrupt_it(argv[1]);
    return 0;
}
