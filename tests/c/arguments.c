/*
 * Usage: arguments REFUSING_URL. Invalid arguments are refused before anything is sent: NULL for every pointer of every
 * function, text that is not UTF-8, empty and very long texts. Out-pointers start as garbage.
 */
#include "check.h"

static rtk_client *client;

/* Checks that a call failed without a response, with a message that contains `named`, and frees the error. */
static void check_invalid(rtk_status status, rtk_error **out, const char *named)
{
    rtk_error *err = *out;
    CHECK_STATUS(status, RTK_STATUS_INVALID_ARGUMENT);
    CHECK(err != NULL && err != GARBAGE);
    CHECK_STATUS(rtk_error_status(err), RTK_STATUS_INVALID_ARGUMENT);
    if (strstr(rtk_error_message(err), named) == NULL)
        CHECK_TEXT(rtk_error_message(err), named);
    CHECK(strlen(rtk_error_message(err)) < 1000);
    CHECK(rtk_error_http_status(err) == 0);
    CHECK(rtk_error_api_code(err) == 0);
    CHECK(rtk_error_ray_id(err) == NULL);
    CHECK(rtk_error_retry_after_ms(err) == -1);
    size_t length = 12345;
    CHECK(rtk_error_body(err, &length) == NULL && length == 0);
    rtk_error_free(err);
}

/* Makes the four calls that take a client and three ids, with `err` and without. */
static void every_call_refuses(const rtk_client *with, const char *account, const char *app, const char *meeting,
                               const char *named)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    check_invalid(rtk_get_participants(with, account, app, meeting, &list, &err), &err, named);
    CHECK(list == NULL);
    list = GARBAGE;
    CHECK_STATUS(rtk_get_participants(with, account, app, meeting, &list, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(list == NULL);

    list = GARBAGE;
    err = GARBAGE;
    check_invalid(rtk_get_participants_page(with, account, app, meeting, 1, 10, &list, &err), &err, named);
    CHECK(list == NULL);
    list = GARBAGE;
    CHECK_STATUS(rtk_get_participants_page(with, account, app, meeting, 1, 10, &list, NULL),
                 RTK_STATUS_INVALID_ARGUMENT);
    CHECK(list == NULL);

    char *json = GARBAGE;
    err = GARBAGE;
    check_invalid(rtk_get_participants_json(with, account, app, meeting, &json, &err), &err, named);
    CHECK(json == NULL);
    json = GARBAGE;
    CHECK_STATUS(rtk_get_participants_json(with, account, app, meeting, &json, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(json == NULL);

    rtk_iter *iter = GARBAGE;
    err = GARBAGE;
    check_invalid(rtk_iter_participants(with, account, app, meeting, &iter, &err), &err, named);
    CHECK(iter == NULL);
    iter = GARBAGE;
    CHECK_STATUS(rtk_iter_participants(with, account, app, meeting, &iter, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(iter == NULL);
}

static void calls_refuse_null(void)
{
    every_call_refuses(NULL, "a", APP, MEETING, "client");
    every_call_refuses(client, NULL, APP, MEETING, "account_id");
    every_call_refuses(client, "a", NULL, MEETING, "app_id");
    every_call_refuses(client, "a", APP, NULL, "meeting_id");
    every_call_refuses(NULL, NULL, NULL, NULL, "client");

    rtk_error *err = GARBAGE;
    check_invalid(rtk_get_participants(client, "a", APP, MEETING, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_get_participants(client, "a", APP, MEETING, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    err = GARBAGE;
    check_invalid(rtk_get_participants_page(client, "a", APP, MEETING, 1, 10, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_get_participants_page(client, "a", APP, MEETING, 1, 10, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    err = GARBAGE;
    check_invalid(rtk_get_participants_json(client, "a", APP, MEETING, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_get_participants_json(client, "a", APP, MEETING, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    err = GARBAGE;
    check_invalid(rtk_iter_participants(client, "a", APP, MEETING, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_iter_participants(client, "a", APP, MEETING, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_get_participants(NULL, NULL, NULL, NULL, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);

    rtk_config *config = config_for("http://127.0.0.1:9");
    err = GARBAGE;
    check_invalid(rtk_client_new(config, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_client_new(config, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    rtk_config_free(config);
}

/* The iterator stays usable, because no page failed. */
static void iterators_refuse_null(void)
{
    rtk_iter *iter = NULL;
    rtk_error *err = GARBAGE;
    const rtk_participant *participant = GARBAGE;
    check_invalid(rtk_iter_next(NULL, &participant, &err), &err, "iter");
    CHECK(participant == NULL);
    CHECK_STATUS(rtk_iter_next(NULL, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_OK(rtk_iter_participants(client, "a", APP, MEETING, &iter, &err), err);
    err = GARBAGE;
    check_invalid(rtk_iter_next(iter, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_iter_next(iter, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    rtk_participants *page = GARBAGE;
    err = GARBAGE;
    check_invalid(rtk_iter_next_page(NULL, &page, &err), &err, "iter");
    CHECK(page == NULL);
    CHECK_STATUS(rtk_iter_next_page(NULL, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    err = GARBAGE;
    check_invalid(rtk_iter_next_page(iter, NULL, &err), &err, "out-pointer");
    CHECK_STATUS(rtk_iter_next_page(iter, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    participant = GARBAGE;
    CHECK_STATUS(rtk_iter_next(iter, &participant, NULL), RTK_STATUS_CONNECTION);
    CHECK(participant == NULL);
    page = GARBAGE;
    CHECK_STATUS(rtk_iter_next_page(iter, &page, NULL), RTK_STATUS_CONNECTION);
    CHECK(page == NULL);
    rtk_iter_free(iter);
}

/* Neither the settings nor the environment have a token. */
static void a_client_needs_a_token(void)
{
    rtk_client *none = GARBAGE;
    rtk_error *err = GARBAGE;
    check_invalid(rtk_client_new(NULL, &none, &err), &err, "CLOUDFLARE_API_TOKEN");
    CHECK(none == NULL);
    none = GARBAGE;
    CHECK_STATUS(rtk_client_new(NULL, &none, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(none == NULL);
}

static void accessors_return_null_zero_or_false_for_null(void)
{
    rtk_client_shutdown(NULL);
    rtk_client_free(NULL);
    rtk_config_free(NULL);
    rtk_string_free(NULL);

    size_t length = 12345;
    CHECK(rtk_participants_count(NULL) == 0);
    CHECK(rtk_participants_at(NULL, 0) == NULL);
    CHECK(rtk_participants_total_count(NULL) == 0);
    CHECK(rtk_participants_start_offset(NULL) == 0);
    CHECK(rtk_participants_end_offset(NULL) == 0);
    CHECK(!rtk_participants_is_complete(NULL));
    CHECK(rtk_participants_json(NULL, &length) == NULL && length == 0);
    CHECK(rtk_participants_json(NULL, NULL) == NULL);
    rtk_participants_free(NULL);

    CHECK(!rtk_iter_is_complete(NULL));
    rtk_iter_free(NULL);

    CHECK(rtk_participant_id(NULL) == NULL);
    CHECK(rtk_participant_custom_participant_id(NULL) == NULL);
    CHECK(rtk_participant_preset_name(NULL) == NULL);
    CHECK(rtk_participant_created_at(NULL) == NULL);
    CHECK(rtk_participant_updated_at(NULL) == NULL);
    CHECK(rtk_participant_name(NULL) == NULL);
    CHECK(rtk_participant_picture(NULL) == NULL);
    CHECK(rtk_participant_created_at_ms(NULL) == 0);
    CHECK(rtk_participant_updated_at_ms(NULL) == 0);

    length = 12345;
    CHECK(rtk_error_status(NULL) == 0);
    CHECK(rtk_error_message(NULL) == NULL);
    CHECK(rtk_error_http_status(NULL) == 0);
    CHECK(rtk_error_api_code(NULL) == 0);
    CHECK(rtk_error_ray_id(NULL) == NULL);
    CHECK(rtk_error_retry_after_ms(NULL) == 0);
    CHECK(rtk_error_body(NULL, &length) == NULL && length == 0);
    CHECK(rtk_error_body(NULL, NULL) == NULL);
    CHECK(rtk_error_page(NULL) == 0 && rtk_error_attempts(NULL) == 0);
    rtk_error_free(NULL);
}

static rtk_status set_email(rtk_config *config, const char *email)
{
    return rtk_config_set_api_key(config, email, "another-key-than-this");
}

static rtk_status set_key(rtk_config *config, const char *key)
{
    return rtk_config_set_api_key(config, "ops@example.com", key);
}

static const struct {
    const char *name; /* in messages */
    rtk_status (*set)(rtk_config *, const char *);
    int may_be_empty;
} TEXTS[] = {
    { "api_token", rtk_config_set_api_token, 0 },
    { "api_key: the e-mail", set_email, 0 },
    { "api_key: the key", set_key, 0 },
    { "base_url", rtk_config_set_base_url, 0 },
    { "user_agent", rtk_config_set_user_agent, 0 },
    { "proxy", rtk_config_set_proxy, 1 },
    { "ca_file", rtk_config_set_ca_file, 0 },
};
#define TEXTS_COUNT (sizeof TEXTS / sizeof *TEXTS)

/* An invalid byte, an overlong NUL, a surrogate, a code point out of range, a truncated sequence, Latin-1. */
static const char *const NOT_UTF8[] = { "\xFF",         "a\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                        "text\xE2\x82", "Zo\xEB" };
#define NOT_UTF8_COUNT (sizeof NOT_UTF8 / sizeof *NOT_UTF8)

/* Makes settings with this value for a text. Without a token if it belongs to api_key, which a token would replace. */
static rtk_config *config_with(size_t text, const char *value)
{
    rtk_config *config = rtk_config_new();
    CHECK_STATUS(rtk_config_set_base_url(config, "http://127.0.0.1:9"), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, ""), RTK_STATUS_OK);
    if (TEXTS[text].set != set_email && TEXTS[text].set != set_key)
        CHECK_STATUS(rtk_config_set_api_token(config, "token-of-the-c-programs"), RTK_STATUS_OK);
    CHECK_STATUS(TEXTS[text].set(config, value), RTK_STATUS_OK);
    return config;
}

static void check_no_client(rtk_config *config, const char *named)
{
    rtk_client *none = GARBAGE;
    rtk_error *err = GARBAGE;
    check_invalid(rtk_client_new(config, &none, &err), &err, named);
    CHECK(none == NULL);
    none = GARBAGE;
    CHECK_STATUS(rtk_client_new(config, &none, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(none == NULL);
    rtk_config_free(config);
}

static void setters_refuse_null_and_invalid_utf8(void)
{
    for (size_t i = 0; i < TEXTS_COUNT; i++) {
        CHECK_STATUS(TEXTS[i].set(NULL, "text"), RTK_STATUS_INVALID_ARGUMENT);
        CHECK_STATUS(TEXTS[i].set(NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
        rtk_config *config = config_for("http://127.0.0.1:9");
        CHECK_STATUS(TEXTS[i].set(config, NULL), RTK_STATUS_INVALID_ARGUMENT);
        for (size_t j = 0; j < NOT_UTF8_COUNT; j++)
            CHECK_STATUS(TEXTS[i].set(config, NOT_UTF8[j]), RTK_STATUS_INVALID_ARGUMENT);
        rtk_client_free(client_with(config));
    }
    CHECK_STATUS(rtk_config_set_api_key(NULL, NULL, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_timeout_ms(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_deadline_ms(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_max_retries(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_max_connections(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_per_page(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
}

static void required_texts_must_not_be_empty(void)
{
    for (size_t i = 0; i < TEXTS_COUNT; i++) {
        if (TEXTS[i].may_be_empty)
            rtk_client_free(client_with(config_with(i, "")));
        else
            check_no_client(config_with(i, ""), TEXTS[i].name);
    }
    every_call_refuses(client, "", APP, MEETING, "account_id");
    every_call_refuses(client, "a", "", MEETING, "app_id");
    every_call_refuses(client, "a", APP, "", "meeting_id");
}

static void texts_of_a_megabyte_are_refused(void)
{
    size_t length = 1024 * 1024;
    char *text = malloc(length + 1);
    CHECK(text != NULL);
    memset(text, 'a', length);
    text[length] = '\0';
    for (size_t i = 0; i < TEXTS_COUNT; i++)
        check_no_client(config_with(i, text), TEXTS[i].name);
    every_call_refuses(client, text, APP, MEETING, "account_id");
    every_call_refuses(client, "a", text, MEETING, "app_id");
    every_call_refuses(client, "a", APP, text, "meeting_id");
    free(text);
}

static void ids_that_are_not_utf8_are_refused(void)
{
    for (size_t i = 0; i < NOT_UTF8_COUNT; i++) {
        every_call_refuses(client, NOT_UTF8[i], APP, MEETING, "account_id");
        every_call_refuses(client, "a", NOT_UTF8[i], MEETING, "app_id");
        every_call_refuses(client, "a", APP, NOT_UTF8[i], "meeting_id");
    }
}

static void invalid_ids_are_refused(void)
{
    every_call_refuses(client, ".", APP, MEETING, "account_id");
    every_call_refuses(client, "a", "..", MEETING, "app_id");
    every_call_refuses(client, "a", APP, "no-uuid", "meeting_id");
    every_call_refuses(client, MEETING, APP, MEETING, "account_id");
    every_call_refuses(client, "a\n", APP, MEETING, "account_id");
    every_call_refuses(client, "a", " a", MEETING, "app_id");
    char long_id[258] = "";
    memset(long_id, 'a', 257);
    every_call_refuses(client, long_id, APP, MEETING, "account_id");
}

static void invalid_numbers_are_refused(void)
{
    rtk_config *config = config_for("http://127.0.0.1:9");
    CHECK_STATUS(rtk_config_set_timeout_ms(config, 0), RTK_STATUS_OK);
    check_no_client(config, "timeout");
    config = config_for("http://127.0.0.1:9");
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 0), RTK_STATUS_OK);
    check_no_client(config, "connect_timeout");
    config = config_for("http://127.0.0.1:9");
    CHECK_STATUS(rtk_config_set_max_connections(config, 0), RTK_STATUS_OK);
    check_no_client(config, "max_connections");
    config = config_for("http://127.0.0.1:9");
    CHECK_STATUS(rtk_config_set_per_page(config, 0), RTK_STATUS_OK);
    check_no_client(config, "per_page");
}

static void the_largest_numbers_are_accepted(const char *refusing)
{
    rtk_config *config = config_for(refusing);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, UINT64_MAX), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, UINT64_MAX), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_deadline_ms(config, UINT64_MAX), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(config, UINT64_MAX), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_connections(config, UINT32_MAX), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_per_page(config, UINT32_MAX), RTK_STATUS_OK);
    rtk_client *patient = client_with(config);
    rtk_participants *list = GARBAGE;
    CHECK_STATUS(rtk_get_participants(patient, "a", APP, MEETING, &list, NULL), RTK_STATUS_CONNECTION);
    CHECK(list == NULL);
    rtk_client_free(patient);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    client = client_for(argv[1]);
    calls_refuse_null();
    iterators_refuse_null();
    a_client_needs_a_token();
    accessors_return_null_zero_or_false_for_null();
    setters_refuse_null_and_invalid_utf8();
    required_texts_must_not_be_empty();
    texts_of_a_megabyte_are_refused();
    ids_that_are_not_utf8_are_refused();
    invalid_ids_are_refused();
    invalid_numbers_are_refused();
    the_largest_numbers_are_accepted(argv[1]);
    rtk_client_free(client);
    return 0;
}
