/*
 * Usage: cancelled_thread BASE_URL SILENT_URL FIFO. pthread_cancel of a thread in a call takes effect when the call has
 * returned, and the library goes on. Nobody writes to FIFO, which is there, and the service of SILENT_URL never answers.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* A thread's work, and how far it came. */
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

/* Waits for somebody to write to its file of authorities. */
static void new_client(struct work *work)
{
    rtk_config *config = config_for(work->url);
    CHECK_STATUS(rtk_config_set_ca_file(config, work->fifo), RTK_STATUS_OK);
    rtk_client *client = NULL;
    work->status = rtk_client_new(config, &client, &work->err);
    rtk_config_free(config);
    rtk_client_free(client);
}

static void another_client(struct work *work)
{
    rtk_client *other = NULL;
    work->status = rtk_client_another(work->client, &other, &work->err);
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

/* Its client goes first, so that the iterator is what closes the connections. */
static void free_iterator(struct work *work)
{
    rtk_client_free(work->client);
    rtk_iter_free(work->iter);
    work->client = NULL;
    work->iter = NULL;
}

static void refused(struct work *work)
{
    rtk_participants *list = NULL;
    work->status = rtk_get_participants(work->client, NULL, APP, MEETING, &list, &work->err);
    CHECK_STATUS(work->status, RTK_STATUS_INVALID_ARGUMENT);
}

static void (*const BRIEF[])(struct work *) = {
    everyone,     page,            json,        one_participant, next_page, another_client,
    new_iterator, shutdown_client, free_client, free_iterator,   refused,
};
#define BRIEF_COUNT (sizeof BRIEF / sizeof *BRIEF)

static struct work work_with(void (*call)(struct work *), const char *url)
{
    struct work work = { .call = call, .url = url, .client = client_for(url), .type = PTHREAD_CANCEL_DEFERRED };
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(work.client, "texts", APP, MEETING, &work.iter, &err), err);
    return work;
}

static void end(struct work *work)
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

/* It is cancelled already when it calls: the first chance would be taken. */
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

static void the_client_answers(const char *base_url, rtk_client *client)
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

static void a_call_that_hangs_ends_by_the_shutdown_and_then_the_thread_does(const char *base_url, const char *silent, int type)
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
        /* By the asynchronous type the thread ends as the call returns. */
        CHECK(type == PTHREAD_CANCEL_ASYNCHRONOUS || work.returned);
        CHECK_STATUS(work.returned ? work.status : RTK_STATUS_CANCELLED, RTK_STATUS_CANCELLED);
        end(&work);
        the_client_answers(base_url, NULL);
    }
}

static void a_call_that_hangs_ends_by_its_time_and_its_client_goes_on(const char *silent)
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
        end(&work);
    }
}

static void a_client_that_waits_for_a_file_is_made_or_refused_first(const char *silent, const char *fifo)
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
    end(&work);
}

static void no_function_is_left_half_done(const char *base_url)
{
    for (size_t i = 0; i < BRIEF_COUNT; i++) {
        struct work work = work_with(BRIEF[i], base_url);
        /* There is a connection to close. */
        the_client_answers(base_url, work.client);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run_cancelled, &work) == 0);
        join_cancelled(thread);
        CHECK(work.returned);
        int ended = BRIEF[i] == refused || BRIEF[i] == shutdown_client || work.client == NULL;
        if (!ended) {
            CHECK_STATUS(work.status, RTK_STATUS_OK);
            the_client_answers(base_url, work.client);
        }
        end(&work);
    }
}

static void a_thread_that_is_not_to_be_cancelled_stays_so(const char *base_url)
{
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
    for (size_t i = 0; i < BRIEF_COUNT; i++) {
        struct work work = work_with(BRIEF[i], base_url);
        BRIEF[i](&work);
        CHECK(cancel_state() == PTHREAD_CANCEL_DISABLE);
        end(&work);
    }
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    no_function_is_left_half_done(argv[1]);
    a_call_that_hangs_ends_by_the_shutdown_and_then_the_thread_does(argv[1], argv[2], PTHREAD_CANCEL_DEFERRED);
    a_call_that_hangs_ends_by_the_shutdown_and_then_the_thread_does(argv[1], argv[2], PTHREAD_CANCEL_ASYNCHRONOUS);
    a_call_that_hangs_ends_by_its_time_and_its_client_goes_on(argv[2]);
    a_client_that_waits_for_a_file_is_made_or_refused_first(argv[2], argv[3]);
    a_thread_that_is_not_to_be_cancelled_stays_so(argv[1]);
    return 0;
}
