/*
 * The threads and connections of an iterator that fetches ahead. The first service has 10,000 participants; the second,
 * too, but never sends page 3 and those after it.
 */
#define _POSIX_C_SOURCE 200809L
#include "process.h"

#define PARTICIPANTS 10000
#define PER_PAGE 100

static rtk_iter *iterator_at(const rtk_client *client, int given)
{
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, &err), err);
    for (int i = 0; i < given; i++)
        CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    return iter;
}

static int rest_of(rtk_iter *iter)
{
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    int count = 0;
    rtk_status status;
    while ((status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK)
        count++;
    CHECK_STATUS(status, RTK_STATUS_DONE);
    CHECK(rtk_iter_is_complete(iter));
    return count;
}

static void total_count_is_known_after_the_first_page(const char *service)
{
    rtk_client *client = client_for(service);
    rtk_iter *iter = iterator_at(client, 0);
    CHECK_NUMBER(rtk_iter_total_count(iter), 0);
    rtk_iter_free(iter);
    iter = iterator_at(client, 1);
    CHECK_NUMBER(rtk_iter_total_count(iter), PARTICIPANTS);
    CHECK_NUMBER(threads_now(), 1);
    CHECK_NUMBER(rest_of(iter), PARTICIPANTS - 1);
    CHECK_NUMBER(rtk_iter_total_count(iter), PARTICIPANTS);
    CHECK_NUMBER(rtk_iter_total_count(NULL), 0);
    rtk_iter_free(iter);
    rtk_client_free(client);
}

static void nothing_is_left_of_a_freed_iterator(const char *service)
{
    int descriptors = descriptors_now();
    for (int given = PER_PAGE - 1; given <= PER_PAGE + 1; given++) {
        rtk_client *client = client_for(service);
        rtk_iter *iter = iterator_at(client, given);
        CHECK_NUMBER(threads_now(), given > PER_PAGE ? 5 : 1);
        rtk_client_free(client);
        double began = seconds_now();
        rtk_iter_free(iter);
        CHECK(seconds_now() - began < 5);
        await_threads(1);
        CHECK_NUMBER(descriptors_now(), descriptors);
    }
}

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

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    total_count_is_known_after_the_first_page(argv[1]);
    nothing_is_left_of_a_freed_iterator(argv[1]);
    nothing_is_left_of_a_freed_iterator(argv[2]);
    parent_and_child_go_on_with_an_iterator(argv[1]);
    a_child_forked_at_a_random_moment_can_use_and_free_an_iterator(argv[1]);
    return 0;
}
