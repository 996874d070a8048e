/* Helpers of the C test programs: checks that exit with a message, and clients for a service on loopback. */
#ifndef CHECK_H
#define CHECK_H

#include <participants.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APP "app"
#define MEETING "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text(actual, expected, #actual, __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected) \
    check_number((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_STATUS(actual, expected) \
    check_text(rtk_status_name(actual), rtk_status_name(expected), #actual, __FILE__, __LINE__)

/* Checks that a call succeeds. `err` is the call's error: CHECK_OK(rtk_client_new(NULL, &client, &err), err). */
#define CHECK_OK(call, err) check_ok(call, &(err), #call, __FILE__, __LINE__)

/* The value of an out-pointer before a call, which must overwrite it. */
#define GARBAGE ((void *)&garbage)
static char garbage;

static inline void check(int holds, const char *what, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
        exit(1);
    }
}

static inline void check_text(const char *actual, const char *expected, const char *what, const char *file, int line)
{
    if (actual == NULL || strcmp(actual, expected) != 0) {
        const char *shown = actual == NULL ? "(NULL)" : actual;
        fprintf(stderr, "%s:%d: %s is \"%.300s\", not \"%.300s\"\n", file, line, what, shown, expected);
        exit(1);
    }
}

static inline void check_number(long long actual, long long expected, const char *what, const char *file, int line)
{
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, actual, expected);
        exit(1);
    }
}

static inline void check_ok(rtk_status status, rtk_error **err, const char *what, const char *file, int line)
{
    if (status != RTK_STATUS_OK || *err != NULL) {
        const char *message = *err == NULL ? "no error" : rtk_error_message(*err);
        fprintf(stderr, "%s:%d: %s: %s: %s\n", file, line, what, rtk_status_name(status), message);
        exit(1);
    }
}

/* Makes settings for a service on loopback: no proxy, no retries. */
static inline rtk_config *config_for(const char *base_url)
{
    (void)garbage;
    rtk_config *config = rtk_config_new();
    CHECK(config != NULL);
    CHECK_STATUS(rtk_config_set_api_token(config, "token-of-the-c-programs"), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_base_url(config, base_url), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, ""), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, 0), RTK_STATUS_OK);
    return config;
}

/* Makes a client with these settings, and frees them. */
static inline rtk_client *client_with(rtk_config *config)
{
    rtk_client *client = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_client_new(config, &client, &err), err);
    CHECK(client != NULL && client != GARBAGE);
    rtk_config_free(config);
    return client;
}

static inline rtk_client *client_for(const char *base_url)
{
    return client_with(config_for(base_url));
}

static inline void check_everyone(const rtk_client *client, const char *account, size_t count)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(client, account, APP, MEETING, &list, &err), err);
    CHECK_NUMBER(rtk_participants_count(list), count);
    rtk_participants_free(list);
}

/* Checks that the log queue of a client has one line, which is about a page, and removes it. */
static inline void check_only_line(const rtk_client *client)
{
    char line[512];
    int32_t level = 0;
    CHECK(rtk_client_read_log(client, &level, line, sizeof line));
    CHECK_NUMBER(level, RTK_LOG_DEBUG);
    CHECK(!rtk_client_read_log(client, &level, line, sizeof line));
}

#endif
