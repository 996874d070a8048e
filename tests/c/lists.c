/*
 * Usage: lists ACCOUNT APP MEETING COUNT. Lists, pages, JSON and the iterator, with a look-alike of the service whose
 * URL and token are in the environment. The ids of its participants count from 0.
 */
#include "check.h"

static const char *account, *app, *meeting;
static size_t count;

static void check_id(const rtk_participant *participant, size_t index)
{
    char expected[64];
    snprintf(expected, sizeof expected, "%08x-0000-4000-8000-%012x", (unsigned)index, (unsigned)index);
    CHECK_TEXT(rtk_participant_id(participant), expected);
    snprintf(expected, sizeof expected, "user-%u", (unsigned)index);
    CHECK_TEXT(rtk_participant_custom_participant_id(participant), expected);
}

static void a_list_has_everyone_in_order(const rtk_client *client)
{
    rtk_participants *all = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_get_participants(client, account, app, meeting, &all, &err), err);
    CHECK(rtk_participants_count(all) == count);
    CHECK(rtk_participants_total_count(all) == count);
    CHECK(rtk_participants_start_offset(all) == 1);
    CHECK(rtk_participants_end_offset(all) == count);
    CHECK(rtk_participants_is_complete(all));
    for (size_t i = 0; i < count; i++)
        check_id(rtk_participants_at(all, i), i);
    CHECK(rtk_participants_at(all, count) == NULL);
    CHECK(rtk_participants_at(all, SIZE_MAX) == NULL);
    rtk_participants_free(all);
}

/* A negative parameter is left out of the request. The service's defaults are the first page and 20 participants. */
static void a_page_has_the_requested_participants(const rtk_client *client)
{
    static const struct {
        int64_t page_no, per_page;
        size_t first, count;
    } PAGES[] = {
        { 2, 30, 30, 30 }, { -1, -1, 0, 20 }, { INT64_MIN, INT64_MIN, 0, 20 },
        { -1, 7, 0, 7 },   { 3, -1, 40, 20 }, { 99, 100, 0, 0 },
    };
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        rtk_participants *page = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_OK(
            rtk_get_participants_page(client, account, app, meeting, PAGES[i].page_no, PAGES[i].per_page, &page, &err),
            err);
        CHECK(rtk_participants_count(page) == PAGES[i].count);
        CHECK(rtk_participants_total_count(page) == count);
        CHECK(!rtk_participants_is_complete(page));
        if (PAGES[i].count > 0) {
            CHECK(rtk_participants_start_offset(page) == PAGES[i].first + 1);
            CHECK(rtk_participants_end_offset(page) == PAGES[i].first + PAGES[i].count);
            check_id(rtk_participants_at(page, 0), PAGES[i].first);
        }
        CHECK(rtk_participants_at(page, PAGES[i].count) == NULL);
        rtk_participants_free(page);
    }
}

static void both_functions_return_the_same_json(const rtk_client *client)
{
    rtk_participants *all = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_get_participants(client, account, app, meeting, &all, &err), err);
    size_t length = 0;
    const char *borrowed = rtk_participants_json(all, &length);
    CHECK(strlen(borrowed) == length);
    CHECK(rtk_participants_json(all, NULL) == borrowed);

    char *owned = GARBAGE;
    err = GARBAGE;
    CHECK_OK(rtk_get_participants_json(client, account, app, meeting, &owned, &err), err);
    CHECK_TEXT(owned, borrowed);
    CHECK(strncmp(owned, "{\"data\":[{\"id\":\"00000000-", 24) == 0);
    CHECK(strstr(owned, "\"success\":true}") != NULL);
    rtk_participants_free(all);
    CHECK(strlen(owned) == length);
    rtk_string_free(owned);
}

static void an_iterator_gives_everyone_and_then_done(const rtk_client *client)
{
    rtk_iter *iter = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_iter_participants(client, account, app, meeting, &iter, &err), err);
    const rtk_participant *participant = GARBAGE;
    for (size_t i = 0; i < count; i++) {
        CHECK(!rtk_iter_is_complete(iter));
        CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
        check_id(participant, i);
    }
    for (int again = 0; again < 3; again++) {
        participant = GARBAGE;
        err = GARBAGE;
        CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_DONE);
        CHECK(participant == NULL && err == NULL);
        CHECK(rtk_iter_is_complete(iter));
    }
    rtk_iter_free(iter);
}

/* The first page is without the participant that rtk_iter_next returned. A page outlives the iterator. */
static void an_iterator_gives_pages(const rtk_client *client)
{
    rtk_iter *iter = NULL;
    rtk_error *err = GARBAGE;
    const rtk_participant *participant = NULL;
    rtk_participants *page = NULL;
    CHECK_OK(rtk_iter_participants(client, account, app, meeting, &iter, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    check_id(participant, 0);
    size_t given = 1;
    rtk_status status;
    while ((status = rtk_iter_next_page(iter, &page, &err)) == RTK_STATUS_OK) {
        CHECK(err == NULL && rtk_participants_count(page) > 0);
        CHECK(rtk_participants_total_count(page) == count && !rtk_participants_is_complete(page));
        for (size_t i = 0; i < rtk_participants_count(page); i++)
            check_id(rtk_participants_at(page, i), given++);
        rtk_participants_free(page);
        page = GARBAGE;
        err = GARBAGE;
    }
    CHECK_STATUS(status, RTK_STATUS_DONE);
    CHECK(page == NULL && err == NULL && given == count && rtk_iter_is_complete(iter));
    rtk_iter_free(iter);

    CHECK_OK(rtk_iter_participants(client, account, app, meeting, &iter, &err), err);
    CHECK_OK(rtk_iter_next_page(iter, &page, &err), err);
    rtk_iter_free(iter);
    check_id(rtk_participants_at(page, 0), 0);
    rtk_participants_free(page);
}

static void an_iterator_may_be_freed_early(const rtk_client *client)
{
    for (size_t taken = 0; taken <= count; taken += 75) {
        rtk_iter *iter = NULL;
        rtk_error *err = NULL;
        CHECK_OK(rtk_iter_participants(client, account, app, meeting, &iter, &err), err);
        for (size_t i = 0; i < taken; i++) {
            const rtk_participant *participant = NULL;
            CHECK_OK(rtk_iter_next(iter, &participant, NULL), err);
        }
        rtk_iter_free(iter);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    account = argv[1];
    app = argv[2];
    meeting = argv[3];
    count = (size_t)strtoul(argv[4], NULL, 10);

    rtk_client *client = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_client_new(NULL, &client, &err), err);
    a_list_has_everyone_in_order(client);
    a_page_has_the_requested_participants(client);
    both_functions_return_the_same_json(client);
    an_iterator_gives_everyone_and_then_done(client);
    an_iterator_gives_pages(client);
    an_iterator_may_be_freed_early(client);
    rtk_client_free(client);
    return 0;
}
