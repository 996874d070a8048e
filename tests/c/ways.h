/*
 * WAYS: all calls that get participants. The service has `count` participants. Each way checks its results: those of a
 * successful call must be right, and a failed call must have none. It returns the status of the call.
 */
#ifndef WAYS_H
#define WAYS_H

#include "check.h"

#define PER_PAGE 25

static unsigned count;

static inline void check_participant(const rtk_participant *participant, unsigned number)
{
    char text[64];
    snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", number, number);
    CHECK_TEXT(rtk_participant_id(participant), text);
    snprintf(text, sizeof text, "user-%u", number);
    CHECK_TEXT(rtk_participant_custom_participant_id(participant), text);
    snprintf(text, sizeof text, "Participant %u", number);
    CHECK_TEXT(rtk_participant_name(participant), text);
    CHECK(rtk_participant_created_at_ms(participant) == 1772355600000);
}

/* Checks that the list has `count` participants, beginning with number `first`. */
static inline void check_list(const rtk_participants *list, unsigned first, unsigned count)
{
    CHECK_NUMBER(rtk_participants_count(list), count);
    for (unsigned i = 0; i < count; i++)
        check_participant(rtk_participants_at(list, i), first + i);
}

/* Checks that the JSON has every participant once, in order. */
static inline void check_json(const char *json, unsigned count)
{
    char id[64];
    for (unsigned number = 0; number < count; number++) {
        snprintf(id, sizeof id, "{\"id\":\"%08x-0000-4000-8000-%012x\",", number, number);
        json = strstr(json, id);
        CHECK(json != NULL);
        json += strlen(id);
    }
    CHECK(strstr(json, "\"id\"") == NULL);
    snprintf(id, sizeof id, "\"total_count\":%u", count);
    CHECK(strstr(json, id) != NULL);
}

static inline rtk_status everyone(const rtk_client *client, rtk_error **err)
{
    rtk_participants *list = GARBAGE;
    rtk_status status = rtk_get_participants(client, "account", APP, MEETING, &list, err);
    CHECK((list != NULL) == (status == RTK_STATUS_OK));
    if (list != NULL) {
        check_list(list, 0, count);
        CHECK(rtk_participants_is_complete(list));
        CHECK(rtk_participants_total_count(list) == count);
        size_t length = 0;
        check_json(rtk_participants_json(list, &length), count);
        CHECK(length > 100 * count);
    }
    rtk_participants_free(list);
    return status;
}

static inline rtk_status json(const rtk_client *client, rtk_error **err)
{
    char *text = GARBAGE;
    rtk_status status = rtk_get_participants_json(client, "account", APP, MEETING, &text, err);
    CHECK((text != NULL) == (status == RTK_STATUS_OK));
    if (text != NULL)
        check_json(text, count);
    rtk_string_free(text);
    return status;
}

static inline rtk_status page(const rtk_client *client, rtk_error **err)
{
    rtk_participants *list = GARBAGE;
    rtk_status status = rtk_get_participants_page(client, "account", APP, MEETING, 2, PER_PAGE, &list, err);
    CHECK((list != NULL) == (status == RTK_STATUS_OK));
    if (list != NULL)
        check_list(list, PER_PAGE, PER_PAGE);
    rtk_participants_free(list);
    return status;
}

/* Participants before a failure must be right too. */
static inline rtk_status one_by_one(const rtk_client *client, rtk_error **err)
{
    rtk_iter *iter = GARBAGE;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, err), *err);
    const rtk_participant *participant = GARBAGE;
    unsigned given = 0;
    rtk_status status;
    while ((status = rtk_iter_next(iter, &participant, err)) == RTK_STATUS_OK)
        check_participant(participant, given++);
    CHECK(participant == NULL);
    CHECK(rtk_iter_is_complete(iter) == (status == RTK_STATUS_DONE));
    if (status == RTK_STATUS_DONE)
        CHECK_NUMBER(given, count);
    rtk_iter_free(iter);
    return status == RTK_STATUS_DONE ? RTK_STATUS_OK : status;
}

static inline rtk_status page_by_page(const rtk_client *client, rtk_error **err)
{
    rtk_iter *iter = GARBAGE;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, err), *err);
    rtk_participants *list = GARBAGE;
    unsigned given = 0;
    rtk_status status;
    while ((status = rtk_iter_next_page(iter, &list, err)) == RTK_STATUS_OK) {
        unsigned more = (unsigned)rtk_participants_count(list);
        check_list(list, given, more);
        given += more;
        rtk_participants_free(list);
    }
    CHECK(list == NULL);
    if (status == RTK_STATUS_DONE)
        CHECK_NUMBER(given, count);
    rtk_iter_free(iter);
    return status == RTK_STATUS_DONE ? RTK_STATUS_OK : status;
}

static rtk_status (*const WAYS[])(const rtk_client *, rtk_error **) = { everyone, json, page, one_by_one,
                                                                        page_by_page };
#define WAYS_COUNT (sizeof WAYS / sizeof *WAYS)

#endif
