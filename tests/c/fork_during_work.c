/*
 * Forks while other threads are at work, and hold any lock. The first service has 10,000 participants, the second
 * three.
 */
#define _POSIX_C_SOURCE 200809L
#include "process.h"
#include "read_ahead.h"

#include <pthread.h>

/* The child has the iterator, but not its threads. */
static void parent_and_child_go_on_with_an_iterator(const char *service)
{
    rtk_client *client = client_for(service);
    rtk_iter *iter = iterator_at(client, PER_PAGE + 1);
    CHECK_NUMBER(threads_now(), 5);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork_child();
        if (child == 0) {
            CHECK_NUMBER(threads_now(), 1);
            if (i == 0) {
                CHECK_NUMBER(rest_of(iter), PARTICIPANTS - PER_PAGE - 1);
                rtk_iter_free(iter);
            } else if (i == 1) {
                rtk_iter_free(iter);
            }
            rtk_client_free(client);
            end_child();
        }
        await_child(child);
    }
    CHECK_NUMBER(rest_of(iter), PARTICIPANTS - PER_PAGE - 1);
    rtk_iter_free(iter);
    rtk_client_free(client);
    await_threads(1);
}

/* At the time of the fork, the threads of the parent are anywhere. */
static void a_child_forked_at_a_random_moment_can_use_and_free_an_iterator(const char *service)
{
    rtk_client *client = client_for(service);
    rtk_iter *iter = iterator_at(client, 2 * PER_PAGE);
    const rtk_participant *participant = NULL;
    rtk_error *err = NULL;
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < PER_PAGE; i++)
            CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
        pid_t child = fork_child();
        if (child == 0) {
            for (int i = 0; i <= PER_PAGE; i++)
                CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
            rtk_iter_free(iter);
            rtk_client_free(client);
            end_child();
        }
        await_child(child);
    }
    rtk_iter_free(iter);
    rtk_client_free(client);
}

/* What the threads of a parent do while it forks. */
struct work {
    rtk_client *client;
    pthread_mutex_t lock;
    int done;
};

static int is_done(struct work *work)
{
    CHECK(pthread_mutex_lock(&work->lock) == 0);
    int done = work->done;
    CHECK(pthread_mutex_unlock(&work->lock) == 0);
    return done;
}

static void *write_lines(void *argument)
{
    struct work *work = argument;
    while (!is_done(work))
        check_everyone(work->client, "texts", 3);
    return NULL;
}

static void *read_lines(void *argument)
{
    struct work *work = argument;
    char line[512];
    while (!is_done(work)) {
        for (int i = 0; i < 100; i++)
            rtk_client_read_log(work->client, NULL, line, sizeof line);
    }
    return NULL;
}

/* The parent's threads hold the lock of its queue during some of the forks. */
static void a_child_forked_while_threads_log_has_a_log(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    struct work work = { client_with(config), PTHREAD_MUTEX_INITIALIZER, 0 };
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, i < 2 ? write_lines : read_lines, &work) == 0);
    for (int round = 0; round < 100; round++) {
        pause_us(1000);
        pid_t child = fork_child();
        if (child == 0) {
            char line[512];
            CHECK(!rtk_client_read_log(work.client, NULL, line, sizeof line));
            check_everyone(work.client, "texts", 3);
            check_only_line(work.client);
            rtk_client_free(work.client);
            end_child();
        }
        await_child(child);
    }
    CHECK(pthread_mutex_lock(&work.lock) == 0);
    work.done = 1;
    CHECK(pthread_mutex_unlock(&work.lock) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    rtk_client_free(work.client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    parent_and_child_go_on_with_an_iterator(argv[1]);
    a_child_forked_at_a_random_moment_can_use_and_free_an_iterator(argv[1]);
    a_child_forked_while_threads_log_has_a_log(argv[2]);
    return 0;
}
