/*
 * Usage: errors BASE_URL REFUSING_URL CUTTING_URL SILENT_URL. Every failure of the service and of the connection, and
 * the accessors of its error. The account id chooses the response of the service.
 */
#include "check.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD in UTF-8 */

struct failure {
    const char *account;
    rtk_status status;
    int32_t http_status;
    int64_t api_code;
    const char *ray_id;
    int64_t retry_after_ms;
    size_t body_length;
    const char *message_part;
};

static const struct failure FAILURES[] = {
    { "unauthorized", RTK_STATUS_AUTHENTICATION, 401, 10000, "8f00-FRA", -1, 76, "Authentication error" },
    { "forbidden", RTK_STATUS_PERMISSION_DENIED, 403, 0, NULL, -1, 16, "HTTP 403" },
    { "missing", RTK_STATUS_NOT_FOUND, 404, 404, NULL, -1, 74, "No active session" },
    { "limited", RTK_STATUS_RATE_LIMITED, 429, 0, "8f01-FRA", 300000, 2, "300 s" },
    { "limited-without-a-figure", RTK_STATUS_RATE_LIMITED, 429, 0, NULL, -1, 0, "HTTP 429" },
    { "failing", RTK_STATUS_SERVER, 503, 0, NULL, 7000, 2, "HTTP 503" },
    { "edge", RTK_STATUS_SERVER, 520, 1000, NULL, -1, 72, "the origin said nothing" },
    { "binary", RTK_STATUS_SERVER, 500, 0, NULL, -1, 8, "HTTP 500" },
    { "zeros", RTK_STATUS_SERVER, 500, 0, NULL, -1, 65535, "HTTP 500" }, /* 21,845 times U+FFFD */
    { "redirecting", RTK_STATUS_API, 302, 0, NULL, -1, 0, "redirect" },
    { "talkative", RTK_STATUS_API, 400, 0, NULL, -1, 65536, "HTTP 400" },
    { "unsuccessful", RTK_STATUS_API, 200, 7003, NULL, -1, 64, "not today" },
    { "html", RTK_STATUS_DECODE, 200, 0, "8f02-FRA", -1, 15, "<!doctype" },
    { "empty", RTK_STATUS_DECODE, 200, 0, NULL, -1, 0, "empty" },
    { "misshapen", RTK_STATUS_DECODE, 200, 0, NULL, -1, 46, "data[0].id" },
};

static void check_error(const rtk_error *error, const struct failure *expected, int64_t page)
{
    CHECK(error != NULL);
    CHECK_STATUS(rtk_error_status(error), expected->status);
    const char *message = rtk_error_message(error);
    CHECK(message != NULL && strchr(message, '\n') == NULL);
    if (strstr(message, expected->message_part) == NULL)
        CHECK_TEXT(message, expected->message_part);
    CHECK(strstr(message, "token-of-the-c-programs") == NULL);
    CHECK_NUMBER(rtk_error_http_status(error), expected->http_status);
    CHECK_NUMBER(rtk_error_api_code(error), expected->api_code);
    if (expected->ray_id == NULL)
        CHECK(rtk_error_ray_id(error) == NULL);
    else
        CHECK_TEXT(rtk_error_ray_id(error), expected->ray_id);
    CHECK_NUMBER(rtk_error_retry_after_ms(error), expected->retry_after_ms);
    size_t length = 12345;
    const char *body = rtk_error_body(error, &length);
    CHECK_NUMBER(length, expected->body_length);
    CHECK((body == NULL) == (length == 0));
    CHECK(body == NULL || strlen(body) == length);
    CHECK(rtk_error_body(error, NULL) == body);
    CHECK_NUMBER(rtk_error_page(error), page);
    CHECK_NUMBER(rtk_error_attempts(error), 1);
}

/* Checks that every call fails in this way, with `err` and without. */
static void check_every_call_fails(const rtk_client *client, const struct failure *expected)
{
    const char *account = expected->account;
    rtk_error *err = GARBAGE;
    rtk_participants *list = GARBAGE;
    CHECK_STATUS(rtk_get_participants(client, account, APP, MEETING, &list, &err), expected->status);
    CHECK(list == NULL);
    check_error(err, expected, 1);
    rtk_error_free(err);
    list = GARBAGE;
    CHECK_STATUS(rtk_get_participants(client, account, APP, MEETING, &list, NULL), expected->status);
    CHECK(list == NULL);

    err = GARBAGE;
    list = GARBAGE;
    CHECK_STATUS(rtk_get_participants_page(client, account, APP, MEETING, -1, -1, &list, &err), expected->status);
    CHECK(list == NULL);
    check_error(err, expected, -1);
    rtk_error_free(err);
    list = GARBAGE;
    CHECK_STATUS(rtk_get_participants_page(client, account, APP, MEETING, 1, 1, &list, NULL), expected->status);
    CHECK(list == NULL);

    err = GARBAGE;
    char *json = GARBAGE;
    CHECK_STATUS(rtk_get_participants_json(client, account, APP, MEETING, &json, &err), expected->status);
    CHECK(json == NULL);
    check_error(err, expected, 1);
    rtk_error_free(err);
    json = GARBAGE;
    CHECK_STATUS(rtk_get_participants_json(client, account, APP, MEETING, &json, NULL), expected->status);
    CHECK(json == NULL);

    rtk_iter *iter = GARBAGE;
    CHECK_OK(rtk_iter_participants(client, account, APP, MEETING, &iter, &err), err);
    for (int again = 0; again < 3; again++) {
        const rtk_participant *participant = GARBAGE;
        err = GARBAGE;
        CHECK_STATUS(rtk_iter_next(iter, &participant, &err), expected->status);
        CHECK(participant == NULL);
        check_error(err, expected, 1);
        rtk_error_free(err);
        participant = GARBAGE;
        CHECK_STATUS(rtk_iter_next(iter, &participant, NULL), expected->status);
        CHECK(participant == NULL);
    }
    CHECK(!rtk_iter_is_complete(iter));
    rtk_iter_free(iter);
}

static void invalid_utf8_in_a_body_reads_as_a_replacement(const rtk_client *client)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_STATUS(rtk_get_participants(client, "binary", APP, MEETING, &list, &err), RTK_STATUS_SERVER);
    CHECK_TEXT(rtk_error_body(err, NULL), "a" REPLACEMENT REPLACEMENT "b");
    rtk_error_free(err);
}

static void a_credential_in_a_response_is_redacted(const rtk_client *client)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_STATUS(rtk_get_participants(client, "repeating", APP, MEETING, &list, &err), RTK_STATUS_API);
    CHECK(strstr(rtk_error_message(err), "Bearer [redacted]") != NULL);
    CHECK(strstr(rtk_error_message(err), "token-of-the-c-programs") == NULL);
    CHECK(strstr(rtk_error_body(err, NULL), "token-of-the-c-programs") == NULL);
    rtk_error_free(err);
}

/* The second page fails. */
static void a_failed_iterator_repeats_its_failure(const rtk_client *client)
{
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "breaking", APP, MEETING, &iter, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    CHECK_TEXT(rtk_participant_custom_participant_id(participant), "user");
    for (int again = 0; again < 5; again++) {
        participant = GARBAGE;
        err = GARBAGE;
        CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_SERVER);
        CHECK(participant == NULL);
        CHECK(rtk_error_http_status(err) == 502);
        CHECK(strstr(rtk_error_message(err), "page 2") != NULL);
        CHECK(rtk_error_page(err) == 2 && rtk_error_attempts(err) == 1);
        rtk_error_free(err);
    }
    CHECK(!rtk_iter_is_complete(iter));
    rtk_iter_free(iter);
}

static void a_retry_after_above_max_retry_wait_fails_at_once(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_max_retries(config, 100), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_STATUS(rtk_get_participants(client, "limited", APP, MEETING, &list, &err), RTK_STATUS_RATE_LIMITED);
    CHECK(list == NULL);
    CHECK(rtk_error_retry_after_ms(err) == 300000);
    rtk_error_free(err);
    rtk_client_free(client);
}

static void an_error_has_the_page_and_the_attempts(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_max_retries(config, 2), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(config, 0), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    rtk_error *err = NULL;
    rtk_participants *list = NULL;
    CHECK_STATUS(rtk_get_participants_page(client, "edge", APP, MEETING, 7, -1, &list, &err), RTK_STATUS_SERVER);
    CHECK(rtk_error_page(err) == 7 && rtk_error_attempts(err) == 3);
    rtk_error_free(err);
    CHECK_STATUS(rtk_get_participants_page(client, "edge", APP, MEETING, INT64_MAX, -1, &list, &err),
                 RTK_STATUS_SERVER);
    CHECK(rtk_error_page(err) == INT64_MAX && rtk_error_attempts(err) == 3);
    rtk_error_free(err);
    CHECK_STATUS(rtk_get_participants(client, "breaking", APP, MEETING, &list, &err), RTK_STATUS_SERVER);
    CHECK(rtk_error_page(err) == 2 && rtk_error_attempts(err) == 3);
    rtk_error_free(err);
    CHECK_STATUS(rtk_get_participants(client, "..", APP, MEETING, &list, &err), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(rtk_error_page(err) == -1 && rtk_error_attempts(err) == 0);
    rtk_error_free(err);
    rtk_client_shutdown(client);
    CHECK_STATUS(rtk_get_participants(client, "edge", APP, MEETING, &list, &err), RTK_STATUS_CANCELLED);
    CHECK(rtk_error_page(err) == 1 && rtk_error_attempts(err) == 0);
    rtk_error_free(err);
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    rtk_client *client = client_for(argv[1]);
    for (size_t i = 0; i < sizeof FAILURES / sizeof *FAILURES; i++)
        check_every_call_fails(client, &FAILURES[i]);
    invalid_utf8_in_a_body_reads_as_a_replacement(client);
    a_credential_in_a_response_is_redacted(client);
    a_failed_iterator_repeats_its_failure(client);
    rtk_client_free(client);
    a_retry_after_above_max_retry_wait_fails_at_once(argv[1]);
    an_error_has_the_page_and_the_attempts(argv[1]);

    static const struct failure REFUSED = { "any", RTK_STATUS_CONNECTION, 0, 0, NULL, -1, 0, "refused" };
    client = client_for(argv[2]);
    check_every_call_fails(client, &REFUSED);
    rtk_client_free(client);

    static const struct failure CUT = { "any", RTK_STATUS_CONNECTION, 200, 0, NULL, -1, 9, "cut short" };
    client = client_for(argv[3]);
    check_every_call_fails(client, &CUT);
    rtk_client_free(client);

    static const struct failure TIMED_OUT = { "any", RTK_STATUS_TIMEOUT, 0, 0, NULL, -1, 0, "within 0.1 s" };
    rtk_config *config = config_for(argv[4]);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, 100), RTK_STATUS_OK);
    client = client_with(config);
    check_every_call_fails(client, &TIMED_OUT);
    rtk_client_free(client);

    static const struct failure TOO_LATE = { "any", RTK_STATUS_TIMEOUT, 0, 0, NULL, -1, 0, "longer than its deadline" };
    config = config_for(argv[4]);
    CHECK_STATUS(rtk_config_set_deadline_ms(config, 100), RTK_STATUS_OK);
    client = client_with(config);
    check_every_call_fails(client, &TOO_LATE);
    rtk_client_free(client);
    return 0;
}
