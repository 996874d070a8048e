/* Helpers of the program that tests/misuse.rs generates: they make valid handles, and print the result of a case. */
#ifndef MISUSE_H
#define MISUSE_H

#include "check.h"

static const char *service; /* its URL */

static rtk_config *make_rtk_config(void)
{
    rtk_config *config = rtk_config_new();
    CHECK(config != NULL);
    CHECK_STATUS(rtk_config_set_base_url(config, service), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, ""), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, 0), RTK_STATUS_OK);
    return config;
}

static rtk_client *make_rtk_client(void)
{
    return client_with(make_rtk_config());
}

/* Makes a client that has made a call, and so has a log line to read. */
static rtk_client *make_finished_rtk_client(void)
{
    rtk_config *config = make_rtk_config();
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    rtk_participants *page = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_page(client, "account", APP, MEETING, 1, 10, &page, &err), err);
    rtk_participants_free(page);
    return client;
}

static void ignore_line(void *user_data, int32_t level, const char *message)
{
    CHECK(user_data == GARBAGE || user_data == NULL);
    CHECK(level >= RTK_LOG_ERROR && level <= RTK_LOG_DEBUG && *message != '\0');
}

/* Returns the client that makes other handles. It is never freed. */
static const rtk_client *maker(void)
{
    static rtk_client *client;
    if (client == NULL)
        client = make_rtk_client();
    return client;
}

static rtk_participants *make_rtk_participants(void)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(maker(), "account", APP, MEETING, &list, &err), err);
    CHECK(rtk_participants_count(list) == 3 && rtk_participants_is_complete(list));
    return list;
}

static rtk_error *make_rtk_error(void)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_STATUS(rtk_get_participants(maker(), "missing", APP, MEETING, &list, &err), RTK_STATUS_NOT_FOUND);
    return err;
}

static char *make_char(void)
{
    char *json = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_json(maker(), "account", APP, MEETING, &json, &err), err);
    return json;
}

static rtk_iter *make_rtk_iter(void)
{
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(maker(), "account", APP, MEETING, &iter, &err), err);
    return iter;
}

/* Makes an iterator at its end. */
static rtk_iter *make_finished_rtk_iter(void)
{
    rtk_iter *iter = make_rtk_iter();
    const rtk_participant *participant = NULL;
    while (rtk_iter_next(iter, &participant, NULL) == RTK_STATUS_OK)
        CHECK(participant != NULL);
    return iter;
}

/* Returns a participant of a list that is never freed. */
static const rtk_participant *lasting_participant(void)
{
    static rtk_participants *list;
    if (list == NULL)
        list = make_rtk_participants();
    return rtk_participants_at(list, 0);
}

/* Returns a text of a megabyte. It is static. */
static const char *long_text(void)
{
    static char text[1024 * 1024 + 1];
    memset(text, 'a', sizeof text - 1);
    return text;
}

static void tell_pointer(const char *what, const void *pointer)
{
    printf("\t%s=%s", what, pointer == NULL ? "NULL" : pointer == GARBAGE ? "unwritten" : "set");
}

static void tell_number(const char *what, long long number)
{
    printf("\t%s=%lld", what, number);
}

static void tell_status(const char *what, rtk_status status)
{
    printf("\t%s=%s", what, rtk_status_name(status));
}

/* Prints the error, if there is one, and frees it. */
static void tell_error(const char *what, rtk_error *err)
{
    if (err == NULL || err == GARBAGE) {
        tell_pointer(what, err);
        return;
    }
    const char *message = rtk_error_message(err);
    CHECK(message != NULL && *message != '\0' && strlen(message) < 1000);
    for (const char *at = message; *at != '\0'; at++)
        CHECK((unsigned char)*at >= ' ' && *at != 127);
    CHECK(strstr(message, "token-of-the-c-programs") == NULL);
    tell_status(what, rtk_error_status(err));
    printf("\tmessage=%s", message);
    rtk_error_free(err);
}

/* Prints whether a client can be made with the settings, and frees them. */
static void tell_config(rtk_config *config)
{
    rtk_client *client = GARBAGE;
    rtk_error *err = GARBAGE;
    tell_status("client", rtk_client_new(config, &client, &err));
    CHECK((client == NULL) == (err != NULL) && client != GARBAGE);
    tell_error("why", err);
    rtk_client_free(client);
    rtk_config_free(config);
}

/* Checks that the library still works after the case. */
static void check_alive(void)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_page(maker(), "account", APP, MEETING, 1, 10, &list, &err), err);
    CHECK(rtk_participants_count(list) == 3);
    rtk_participants_free(list);
    printf("\n");
    fflush(stdout);
}

#endif
