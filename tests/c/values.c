/* Usage: values BASE_URL. The accessors of participants: texts, dates, missing fields. The parameters of a page. */
#include "check.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD in UTF-8 */

static rtk_participants *everyone(const rtk_client *client, const char *account, size_t count)
{
    rtk_participants *all = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_get_participants(client, account, APP, MEETING, &all, &err), err);
    CHECK(rtk_participants_count(all) == count);
    CHECK(rtk_participants_is_complete(all));
    return all;
}

static void texts_are_as_the_service_sent_them(const rtk_client *client)
{
    rtk_participants *all = everyone(client, "texts", 3);
    const rtk_participant *plain = rtk_participants_at(all, 0);
    CHECK_TEXT(rtk_participant_id(plain), "aaaaaaaa-0000-4000-8000-000000000000");
    CHECK_TEXT(rtk_participant_custom_participant_id(plain), "user");
    CHECK_TEXT(rtk_participant_preset_name(plain), "host");
    CHECK_TEXT(rtk_participant_created_at(plain), "2019-12-27T18:11:19.117Z");
    CHECK_TEXT(rtk_participant_updated_at(plain), "2019-12-27T18:11:20Z");
    CHECK_TEXT(rtk_participant_name(plain), "Zo\xC3\xAB \xF0\x9F\x98\x80 \"quoted\" \\ back\nline");
    CHECK_TEXT(rtk_participant_picture(plain), "https://example.com/a.png");
    CHECK(rtk_participant_id(plain) == rtk_participant_id(plain));

    const rtk_participant *absent = rtk_participants_at(all, 1);
    CHECK(rtk_participant_name(absent) == NULL);
    CHECK(rtk_participant_picture(absent) == NULL);

    const rtk_participant *null_and_empty = rtk_participants_at(all, 2);
    CHECK(rtk_participant_name(null_and_empty) == NULL);
    CHECK_TEXT(rtk_participant_picture(null_and_empty), "");
    CHECK_TEXT(rtk_participant_custom_participant_id(null_and_empty), "");

    CHECK(strstr(rtk_participants_json(all, NULL), "\"a_field_of_the_future\":{\"x\":[1,2.50]}") != NULL);
    rtk_participants_free(all);
}

static void every_field_but_the_id_may_be_missing(const rtk_client *client)
{
    rtk_participants *all = everyone(client, "bare", 2);
    const char *const ids[] = {"only", "nulls"};
    for (size_t i = 0; i < 2; i++) {
        const rtk_participant *odd = rtk_participants_at(all, i);
        CHECK_TEXT(rtk_participant_id(odd), ids[i]);
        CHECK(rtk_participant_name(odd) == NULL);
        CHECK(rtk_participant_picture(odd) == NULL);
        CHECK(rtk_participant_custom_participant_id(odd) == NULL);
        CHECK(rtk_participant_preset_name(odd) == NULL);
        CHECK(rtk_participant_created_at(odd) == NULL);
        CHECK(rtk_participant_updated_at(odd) == NULL);
        CHECK(rtk_participant_created_at_ms(odd) == INT64_MIN);
        CHECK(rtk_participant_updated_at_ms(odd) == INT64_MIN);
    }
    CHECK(strstr(rtk_participants_json(all, NULL), "{\"id\":\"only\"}") != NULL);
    CHECK(strstr(rtk_participants_json(all, NULL), "\"name\":null,\"id\":\"nulls\"}") != NULL);
    rtk_participants_free(all);
}

static void a_nul_reads_as_a_replacement_and_the_json_keeps_it(const rtk_client *client)
{
    rtk_participants *all = everyone(client, "nul", 2);
    const rtk_participant *first = rtk_participants_at(all, 0);
    CHECK_TEXT(rtk_participant_id(first), "id" REPLACEMENT "1");
    CHECK_TEXT(rtk_participant_custom_participant_id(first), REPLACEMENT "custom");
    CHECK_TEXT(rtk_participant_preset_name(first), "preset" REPLACEMENT);
    CHECK_TEXT(rtk_participant_created_at(first), "2019" REPLACEMENT);
    CHECK_TEXT(rtk_participant_updated_at(first), REPLACEMENT);
    CHECK_TEXT(rtk_participant_name(first), "a" REPLACEMENT REPLACEMENT "b");
    CHECK_TEXT(rtk_participant_picture(first), "p" REPLACEMENT "q");
    CHECK(rtk_participant_created_at_ms(first) == INT64_MIN);
    CHECK_TEXT(rtk_participant_name(rtk_participants_at(all, 1)), "no nul");

    size_t length = 0;
    const char *json = rtk_participants_json(all, &length);
    CHECK(strlen(json) == length);
    CHECK(strstr(json, "\"id\":\"id\\u00001\"") != NULL);
    CHECK(strstr(json, "\"name\":\"a\\u0000\\u0000b\"") != NULL);
    CHECK(strstr(json, REPLACEMENT) == NULL);
    rtk_participants_free(all);

    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "nul", APP, MEETING, &iter, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    CHECK_TEXT(rtk_participant_name(participant), "a" REPLACEMENT REPLACEMENT "b");
    rtk_iter_free(iter);
}

static void dates_are_unix_milliseconds(const rtk_client *client)
{
    static const struct {
        int64_t created_at, updated_at;
    } DATES[] = {
        { 1577470279117, 1577470280000 },
        { 0, -1 },
        { 1577463079000, 1577470279999 }, /* an offset; digits beyond the milliseconds */
        { INT64_MIN, INT64_MIN },         /* not a date; an empty text */
        { INT64_MIN, INT64_MIN },         /* no time zone; no such day */
    };
    size_t count = sizeof DATES / sizeof *DATES;
    rtk_participants *all = everyone(client, "dates", count);
    for (size_t i = 0; i < count; i++) {
        CHECK(rtk_participant_created_at_ms(rtk_participants_at(all, i)) == DATES[i].created_at);
        CHECK(rtk_participant_updated_at_ms(rtk_participants_at(all, i)) == DATES[i].updated_at);
    }
    CHECK_TEXT(rtk_participant_created_at(rtk_participants_at(all, 3)), "yesterday");
    CHECK_TEXT(rtk_participant_updated_at(rtk_participants_at(all, 3)), "");
    rtk_participants_free(all);
}

static void a_text_of_a_megabyte_is_not_truncated(const rtk_client *client)
{
    rtk_participants *all = everyone(client, "long", 1);
    const char *name = rtk_participant_name(rtk_participants_at(all, 0));
    CHECK(strlen(name) == 1000000);
    CHECK(strspn(name, "n") == 1000000);
    rtk_participants_free(all);
}

/* The service returns the query of the request as the custom id. */
static void page_parameters_are_sent_or_left_out(const rtk_client *client)
{
    static const struct {
        int64_t page_no, per_page;
        const char *query;
    } PAGES[] = {
        { -1, -1, "" },
        { INT64_MIN, INT64_MIN, "" },
        { 0, 0, "page_no=0&per_page=0" },
        { 2, -1, "page_no=2" },
        { -1, 50, "per_page=50" },
        { INT64_MAX, INT64_MAX, "page_no=9223372036854775807&per_page=9223372036854775807" },
    };
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        rtk_participants *page = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_OK(
            rtk_get_participants_page(client, "query", APP, MEETING, PAGES[i].page_no, PAGES[i].per_page, &page, &err),
            err);
        CHECK_TEXT(rtk_participant_custom_participant_id(rtk_participants_at(page, 0)), PAGES[i].query);
        rtk_participants_free(page);
    }
}

static void unusable_paging_reads_as_zeros(const rtk_client *client)
{
    rtk_participants *page = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_get_participants_page(client, "unsaid", APP, MEETING, 1, 1, &page, &err), err);
    CHECK(rtk_participants_count(page) == 1);
    CHECK(rtk_participants_total_count(page) == 0);
    CHECK(rtk_participants_start_offset(page) == 0);
    CHECK(rtk_participants_end_offset(page) == 0);
    CHECK(!rtk_participants_is_complete(page));
    rtk_participants_free(page);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    rtk_client *client = client_for(argv[1]);
    texts_are_as_the_service_sent_them(client);
    every_field_but_the_id_may_be_missing(client);
    a_nul_reads_as_a_replacement_and_the_json_keeps_it(client);
    dates_are_unix_milliseconds(client);
    a_text_of_a_megabyte_is_not_truncated(client);
    page_parameters_are_sent_or_left_out(client);
    unusable_paging_reads_as_zeros(client);
    rtk_client_free(client);
    return 0;
}
