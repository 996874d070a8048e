/*
 * Usage: leftovers COUNT STALLING_URL GOOD_URL FAILING_URL... Makes every call to each of these services, and checks
 * that no thread and no descriptor is left. Prints a line `calls CALLS failed CALLS`.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <pthread.h>

static int descriptors;
static long calls, failed;

static rtk_client *client_with_limits(const char *url, uint64_t deadline_ms)
{
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_per_page(config, PER_PAGE), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, 1), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(config, 0), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, deadline_ms > 0 ? 60000 : 200), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_deadline_ms(config, deadline_ms), RTK_STATUS_OK);
    return client_with(config);
}

static void check_nothing_is_left(void)
{
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
}

/* A call leaves no thread. A client keeps connections only, at most one for each parallel page request. */
static void calls_leave_nothing(const char *url, uint64_t deadline_ms)
{
    rtk_client *client = client_with_limits(url, deadline_ms);
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        rtk_error *err = GARBAGE;
        rtk_status status = WAYS[way](client, &err);
        rtk_error_free(err);
        calls++;
        failed += status != RTK_STATUS_OK;
        await_threads(1);
        CHECK(descriptors_now() <= descriptors + 4);
    }
    rtk_client_free(client);
    check_nothing_is_left();
}

/* An iterator keeps its client's connections until both are freed. */
static void an_unfinished_iterator_leaves_nothing(const char *good)
{
    rtk_client *client = client_with_limits(good, 0);
    rtk_iter *iter = NULL, *fresh = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, &err), err);
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &fresh, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    check_participant(participant, 0);
    rtk_client_free(client);
    CHECK_NUMBER(descriptors_now(), descriptors + 1);
    rtk_iter_free(iter);
    rtk_iter_free(fresh);
    check_nothing_is_left();
}

struct call {
    const rtk_client *client;
    rtk_status (*ask)(const rtk_client *, rtk_error **);
};

static void *ask(void *context)
{
    struct call *call = context;
    rtk_error *err = GARBAGE;
    CHECK_STATUS(call->ask(call->client, &err), RTK_STATUS_CANCELLED);
    rtk_error_free(err);
    return NULL;
}

static void a_shutdown_between_calls_leaves_nothing(const char *good)
{
    rtk_client *client = client_with_limits(good, 0);
    rtk_error *err = NULL;
    CHECK_STATUS(everyone(client, &err), RTK_STATUS_OK);
    CHECK(descriptors_now() > descriptors);
    rtk_client_shutdown(client);
    check_nothing_is_left();
    rtk_client_free(client);
}

/* A shutdown closes everything, even before the client is freed. */
static void a_shutdown_during_a_call_leaves_nothing(const char *stalling)
{
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        rtk_client *client = client_with_limits(stalling, 60000);
        struct call call = { client, WAYS[way] };
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, ask, &call) == 0);
        double until = seconds_now() + 30;
        while (descriptors_now() == descriptors && seconds_now() < until)
            pause_us(1000);
        pause_us(20000);
        CHECK(descriptors_now() > descriptors);
        rtk_client_shutdown(client);
        CHECK(pthread_join(thread, NULL) == 0);
        check_nothing_is_left();
        rtk_client_free(client);
        check_nothing_is_left();
    }
}

/* Clients that make no call, and clients that cannot be made. */
static void clients_without_calls_leave_nothing(const char *good)
{
    for (int i = 0; i < 20; i++) {
        rtk_client_free(client_with_limits(good, 0));
        rtk_config *config = config_for("https://127.0.0.1:9");
        CHECK_STATUS(rtk_config_set_ca_file(config, i % 2 == 0 ? "/dev/null" : "/does/not/exist"), RTK_STATUS_OK);
        rtk_client *none = GARBAGE;
        CHECK_STATUS(rtk_client_new(config, &none, NULL), RTK_STATUS_INVALID_ARGUMENT);
        CHECK(none == NULL);
        rtk_config_free(config);
    }
    check_nothing_is_left();
}

int main(int argc, char **argv)
{
    CHECK(argc > 4);
    count = (unsigned)atoi(argv[1]);
    descriptors = descriptors_now();
    calls_leave_nothing(argv[3], 0);
    CHECK_NUMBER(failed, 0);
    for (int i = 4; i < argc; i++)
        calls_leave_nothing(argv[i], 0);
    CHECK_NUMBER(failed, (argc - 4) * WAYS_COUNT);
    calls_leave_nothing(argv[2], 200);
    an_unfinished_iterator_leaves_nothing(argv[3]);
    a_shutdown_between_calls_leaves_nothing(argv[3]);
    a_shutdown_during_a_call_leaves_nothing(argv[2]);
    clients_without_calls_leave_nothing(argv[3]);
    printf("calls %ld failed %ld\n", calls, failed);
    return 0;
}
