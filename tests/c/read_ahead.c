/*
 * The threads and connections of an iterator that fetches ahead. The first service has 10,000 participants; the second,
 * too, but never sends page 3 and those after it.
 */
#define _POSIX_C_SOURCE 200809L
#include "process.h"
#include "read_ahead.h"

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

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    total_count_is_known_after_the_first_page(argv[1]);
    nothing_is_left_of_a_freed_iterator(argv[1]);
    nothing_is_left_of_a_freed_iterator(argv[2]);
    return 0;
}
