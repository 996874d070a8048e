/* Usage: cancelled BASE_URL SILENT_URL. A shutdown by another thread ends calls that wait for a response or a retry. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>
#include <time.h>

/* NULL: removes it. */
static void set_variable(const char *name, const char *value)
{
#ifdef _WIN32
    CHECK(_putenv_s(name, value == NULL ? "" : value) == 0);
#else
    CHECK((value == NULL ? unsetenv(name) : setenv(name, value, 1)) == 0);
#endif
}

static void pause_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

static void *shut_down_soon(void *client)
{
    pause_ms(150);
    rtk_client_shutdown(client);
    return NULL;
}

static void check_cancelled(rtk_error *err)
{
    CHECK(err != NULL);
    CHECK_STATUS(rtk_error_status(err), RTK_STATUS_CANCELLED);
    CHECK(rtk_error_message(err) != NULL);
    CHECK(rtk_error_http_status(err) == 0);
    CHECK(rtk_error_retry_after_ms(err) == -1);
    rtk_error_free(err);
}

static rtk_status everyone(const rtk_client *client, rtk_error **err)
{
    rtk_participants *list = GARBAGE;
    rtk_status status = rtk_get_participants(client, "limited-for-a-while", APP, MEETING, &list, err);
    CHECK(list == NULL);
    return status;
}

static rtk_status page(const rtk_client *client, rtk_error **err)
{
    rtk_participants *list = GARBAGE;
    rtk_status status = rtk_get_participants_page(client, "limited-for-a-while", APP, MEETING, 1, 1, &list, err);
    CHECK(list == NULL);
    return status;
}

static rtk_status json(const rtk_client *client, rtk_error **err)
{
    char *text = GARBAGE;
    rtk_status status = rtk_get_participants_json(client, "limited-for-a-while", APP, MEETING, &text, err);
    CHECK(text == NULL);
    return status;
}

static rtk_status iteration(const rtk_client *client, rtk_error **err)
{
    rtk_iter *iter = NULL;
    CHECK_OK(rtk_iter_participants(client, "limited-for-a-while", APP, MEETING, &iter, err), *err);
    const rtk_participant *participant = GARBAGE;
    CHECK_STATUS(rtk_iter_next(iter, &participant, NULL), RTK_STATUS_CANCELLED);
    CHECK(participant == NULL);
    rtk_status status = rtk_iter_next(iter, &participant, err);
    rtk_iter_free(iter);
    return status;
}

static rtk_status (*const CALLS[])(const rtk_client *, rtk_error **) = { everyone, page, json, iteration };
#define CALLS_COUNT (sizeof CALLS / sizeof *CALLS)

/* Without a shutdown, each call would take at least a minute: a request's timeout, or the service's Retry-After. */
static void a_shutdown_ends_calls_in_flight_and_later_calls(const char *base_url)
{
    for (size_t i = 0; i < CALLS_COUNT; i++) {
        rtk_config *config = config_for(base_url);
        CHECK_STATUS(rtk_config_set_max_retries(config, 5), RTK_STATUS_OK);
        rtk_client *client = client_with(config);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, shut_down_soon, client) == 0);
        time_t began = time(NULL);
        rtk_error *err = GARBAGE;
        CHECK_STATUS(CALLS[i](client, &err), RTK_STATUS_CANCELLED);
        CHECK(time(NULL) - began < 30);
        check_cancelled(err);
        CHECK(pthread_join(thread, NULL) == 0);

        for (size_t later = 0; later < CALLS_COUNT; later++) {
            err = GARBAGE;
            CHECK_STATUS(CALLS[later](client, &err), RTK_STATUS_CANCELLED);
            check_cancelled(err);
        }
        rtk_client_shutdown(client);
        rtk_client_free(client);
    }
}

/* An iterator that outlives its client was still shut down with it. */
static void a_shutdown_ends_iterators_of_a_freed_client(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(client, "limited-for-a-while", APP, MEETING, &iter, &err), err);
    rtk_client_shutdown(client);
    rtk_client_free(client);
    const rtk_participant *participant = GARBAGE;
    CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_CANCELLED);
    CHECK(participant == NULL);
    check_cancelled(err);
    rtk_iter_free(iter);
}

/* Although the iterator has not given all participants of its current page. */
static void a_shutdown_ends_an_iterator_within_a_page(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "texts", APP, MEETING, &iter, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    rtk_client_shutdown(client);
    for (int again = 0; again < 2; again++) {
        participant = GARBAGE;
        CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_CANCELLED);
        CHECK(participant == NULL && !rtk_iter_is_complete(iter));
        check_cancelled(err);
    }
    rtk_iter_free(iter);
    rtk_client_free(client);
}

static rtk_client *child_of(const rtk_client *client)
{
    rtk_client *child = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_client_child(client, &child, &err), err);
    CHECK(err == NULL);
    return child;
}

static void check_answers(const rtk_client *client)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(client, "texts", APP, MEETING, &list, &err), err);
    rtk_participants_free(list);
}

static void check_is_shut_down(const rtk_client *client)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = NULL;
    CHECK_STATUS(rtk_get_participants(client, "texts", APP, MEETING, &list, &err), RTK_STATUS_CANCELLED);
    CHECK(list == NULL);
    check_cancelled(err);
}

static void a_shutdown_ends_only_a_client_and_its_children(const char *base_url)
{
    rtk_client *parent = client_for(base_url);
    rtk_client *ended = child_of(parent), *other = child_of(parent), *grandchild = child_of(ended);
    rtk_client_shutdown(ended);
    check_is_shut_down(ended);
    check_is_shut_down(grandchild);
    check_answers(parent);
    check_answers(other);
    rtk_client_shutdown(parent);
    check_is_shut_down(parent);
    check_is_shut_down(other);
    rtk_client *late = child_of(parent);
    rtk_client_free(parent);
    check_is_shut_down(late);
    rtk_client_free(late);
    rtk_client_free(ended);
    rtk_client_free(other);
    rtk_client_free(grandchild);
}

static void rtk_client_child_does_not_read_the_environment_again(const char *base_url)
{
    rtk_config *config = rtk_config_new();
    CHECK_STATUS(rtk_config_set_base_url(config, base_url), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, ""), RTK_STATUS_OK);
    set_variable("CLOUDFLARE_API_TOKEN", "token-of-the-c-programs");
    rtk_client *first = client_with(config);
    set_variable("CLOUDFLARE_API_TOKEN", "not a token");
    rtk_client *child = child_of(first);
    rtk_client_free(first);
    check_answers(child);
    rtk_client_free(child);
    set_variable("CLOUDFLARE_API_TOKEN", NULL);
}

static void a_shutdown_does_not_end_other_clients(const char *base_url)
{
    rtk_client *ended = client_for(base_url);
    rtk_client *other = client_for(base_url);
    rtk_client_shutdown(ended);
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(other, "texts", APP, MEETING, &list, &err), err);
    rtk_participants_free(list);
    rtk_client_free(other);
    rtk_client_free(ended);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    a_shutdown_ends_calls_in_flight_and_later_calls(argv[1]); /* these wait for a retry */
    a_shutdown_ends_calls_in_flight_and_later_calls(argv[2]); /* these wait for a response */
    a_shutdown_ends_iterators_of_a_freed_client(argv[2]);
    a_shutdown_ends_an_iterator_within_a_page(argv[1]);
    a_shutdown_does_not_end_other_clients(argv[1]);
    a_shutdown_ends_only_a_client_and_its_children(argv[1]);
    rtk_client_child_does_not_read_the_environment_again(argv[1]);
    return 0;
}
