/*
 * Usage: cancelled_thread BASE_URL SILENT_URL FIFO. pthread_cancel of a thread in a call takes effect when the call has
 * returned, and the library stays usable. FIFO is a named pipe without a writer. The service at SILENT_URL never
 * answers.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* The call that a thread makes, and its result. */
struct work {
    void (*call)(struct work *);
    const char *url;
    const char *fifo;
    int type; /* PTHREAD_CANCEL_... */
    rtk_client *client;
    rtk_iter *iter;
    rtk_status status;
    rtk_error *err;
    int returned;
};

static void pause_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

static void everyone(struct work *work)
{
    rtk_participants *list = NULL;
    work->status = rtk_get_participants(work->client, "texts", APP, MEETING, &list, &work->err);
    rtk_participants_free(list);
}

static void page(struct work *work)
{
    rtk_participants *list = NULL;
    work->status = rtk_get_participants_page(work->client, "texts", APP, MEETING, 1, 1, &list, &work->err);
    rtk_participants_free(list);
}

static void json(struct work *work)
{
    char *text = NULL;
    work->status = rtk_get_participants_json(work->client, "texts", APP, MEETING, &text, &work->err);
    rtk_string_free(text);
}

static void one_participant(struct work *work)
{
    const rtk_participant *participant = NULL;
    work->status = rtk_iter_next(work->iter, &participant, &work->err);
}

static void next_page(struct work *work)
{
    rtk_participants *list = NULL;
    work->status = rtk_iter_next_page(work->iter, &list, &work->err);
    rtk_participants_free(list);
}

static void (*const HANGING[])(struct work *) = { everyone, page, json, one_participant, next_page };
#define HANGING_COUNT (sizeof HANGING / sizeof *HANGING)

/* Blocks until something is written to the CA file. */
static void new_client(struct work *work)
{
    rtk_config *config = config_for(work->url);
    CHECK_STATUS(rtk_config_set_ca_file(config, work->fifo), RTK_STATUS_OK);
    rtk_client *client = NULL;
    work->status = rtk_client_new(config, &client, &work->err);
    rtk_config_free(config);
    rtk_client_free(client);
}

static void child_client(struct work *work)
{
    rtk_client *other = NULL;
    work->status = rtk_client_child(work->client, &other, &work->err);
    rtk_client_free(other);
}

static void new_iterator(struct work *work)
{
    rtk_iter *iter = NULL;
    work->status = rtk_iter_participants(work->client, "texts", APP, MEETING, &iter, &work->err);
    rtk_iter_free(iter);
}

static void shutdown_client(struct work *work)
{
    rtk_client_shutdown(work->client);
}

static void free_client(struct work *work)
{
    rtk_client_free(work->client);
    work->client = NULL;
}

/* Frees the client first, so that the iterator closes the connections. */
static void free_iterator(struct work *work)
{
    rtk_client_free(work->client);
    rtk_iter_free(work->iter);
    work->client = NULL;
    work->iter = NULL;
}

static void invalid_call(struct work *work)
{
    rtk_participants *list = NULL;
    work->status = rtk_get_participants(work->client, NULL, APP, MEETING, &list, &work->err);
    CHECK_STATUS(work->status, RTK_STATUS_INVALID_ARGUMENT);
}

static void (*const BRIEF[])(struct work *) = {
    everyone,     page,            json,        one_participant, next_page, child_client,
    new_iterator, shutdown_client, free_client, free_iterator,   invalid_call,
};
#define BRIEF_COUNT (sizeof BRIEF / sizeof *BRIEF)

static struct work work_with(void (*call)(struct work *), const char *url)
{
    struct work work = { .call = call, .url = url, .client = client_for(url), .type = PTHREAD_CANCEL_DEFERRED };
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(work.client, "texts", APP, MEETING, &work.iter, &err), err);
    return work;
}

static void free_work(struct work *work)
{
    rtk_error_free(work->err);
    rtk_iter_free(work->iter);
    rtk_client_free(work->client);
}

static int cancel_state(void)
{
    int state = -1;
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
    CHECK(pthread_setcancelstate(state, NULL) == 0);
    return state;
}

static void *run(void *argument)
{
    struct work *work = argument;
    CHECK(pthread_setcanceltype(work->type, NULL) == 0);
    work->call(work);
    work->returned = 1;
    CHECK(cancel_state() == PTHREAD_CANCEL_ENABLE);
    for (;;)
        pause_ms(1000);
    return NULL;
}

/* The thread is cancelled before the call: the first cancellation point would end it. */
static void *run_cancelled(void *argument)
{
    CHECK(pthread_cancel(pthread_self()) == 0);
    return run(argument);
}

static void join_cancelled(pthread_t thread)
{
    void *result = NULL;
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
}

static void check_client_works(const char *base_url, rtk_client *client)
{
    rtk_client *fresh = client == NULL ? client_for(base_url) : client;
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(fresh, "texts", APP, MEETING, &list, &err), err);
    CHECK(rtk_participants_count(list) == 3);
    rtk_participants_free(list);
    if (client == NULL)
        rtk_client_free(fresh);
}

static void a_cancelled_thread_ends_after_a_shutdown_ends_its_call(const char *base_url, const char *silent, int type)
{
    for (size_t i = 0; i < HANGING_COUNT; i++) {
        struct work work = work_with(HANGING[i], silent);
        work.type = type;
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run, &work) == 0);
        pause_ms(100);
        CHECK(pthread_cancel(thread) == 0);
        pause_ms(100);
        CHECK(!work.returned);
        rtk_client_shutdown(work.client);
        join_cancelled(thread);
        /* With the asynchronous type, the thread ends when the call returns. */
        CHECK(type == PTHREAD_CANCEL_ASYNCHRONOUS || work.returned);
        CHECK_STATUS(work.returned ? work.status : RTK_STATUS_CANCELLED, RTK_STATUS_CANCELLED);
        free_work(&work);
        check_client_works(base_url, NULL);
    }
}

static void a_cancelled_thread_ends_after_its_call_times_out(const char *silent)
{
    for (size_t i = 0; i < HANGING_COUNT; i++) {
        struct work work = { .call = HANGING[i], .url = silent };
        rtk_config *config = config_for(silent);
        CHECK_STATUS(rtk_config_set_timeout_ms(config, 300), RTK_STATUS_OK);
        work.client = client_with(config);
        rtk_error *err = NULL;
        CHECK_OK(rtk_iter_participants(work.client, "texts", APP, MEETING, &work.iter, &err), err);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run, &work) == 0);
        pause_ms(100);
        CHECK(pthread_cancel(thread) == 0);
        join_cancelled(thread);
        CHECK(work.returned);
        CHECK_STATUS(work.status, RTK_STATUS_TIMEOUT);
        rtk_error_free(work.err);
        work.err = NULL;
        everyone(&work);
        CHECK_STATUS(work.status, RTK_STATUS_TIMEOUT);
        free_work(&work);
    }
}

static void a_cancelled_thread_ends_after_rtk_client_new_returns(const char *silent, const char *fifo)
{
    struct work work = { .call = new_client, .url = silent, .fifo = fifo };
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, &work) == 0);
    pause_ms(100);
    CHECK(pthread_cancel(thread) == 0);
    pause_ms(100);
    CHECK(!work.returned);
    int end_of_file = open(fifo, O_WRONLY);
    CHECK(end_of_file >= 0 && close(end_of_file) == 0);
    join_cancelled(thread);
    CHECK(work.returned);
    CHECK_STATUS(work.status, RTK_STATUS_INVALID_ARGUMENT);
    free_work(&work);
}

static void a_cancelled_thread_completes_its_call(const char *base_url)
{
    for (size_t i = 0; i < BRIEF_COUNT; i++) {
        struct work work = work_with(BRIEF[i], base_url);
        /* Opens a connection, which must be closed later. */
        check_client_works(base_url, work.client);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run_cancelled, &work) == 0);
        join_cancelled(thread);
        CHECK(work.returned);
        int ended = BRIEF[i] == invalid_call || BRIEF[i] == shutdown_client || work.client == NULL;
        if (!ended) {
            CHECK_STATUS(work.status, RTK_STATUS_OK);
            check_client_works(base_url, work.client);
        }
        free_work(&work);
    }
}

static void calls_keep_cancellation_disabled(const char *base_url)
{
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
    for (size_t i = 0; i < BRIEF_COUNT; i++) {
        struct work work = work_with(BRIEF[i], base_url);
        BRIEF[i](&work);
        CHECK(cancel_state() == PTHREAD_CANCEL_DISABLE);
        free_work(&work);
    }
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    a_cancelled_thread_completes_its_call(argv[1]);
    a_cancelled_thread_ends_after_a_shutdown_ends_its_call(argv[1], argv[2], PTHREAD_CANCEL_DEFERRED);
    a_cancelled_thread_ends_after_a_shutdown_ends_its_call(argv[1], argv[2], PTHREAD_CANCEL_ASYNCHRONOUS);
    a_cancelled_thread_ends_after_its_call_times_out(argv[2]);
    a_cancelled_thread_ends_after_rtk_client_new_returns(argv[2], argv[3]);
    calls_keep_cancellation_disabled(argv[1]);
    return 0;
}
