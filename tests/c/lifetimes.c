/* Usage: lifetimes BASE_URL. Which handles outlive others, and when each may be freed. */
#include "check.h"

static void every_free_accepts_null(void)
{
    rtk_config_free(NULL);
    rtk_client_free(NULL);
    rtk_participants_free(NULL);
    rtk_iter_free(NULL);
    rtk_error_free(NULL);
    rtk_string_free(NULL);
}

static void settings_may_be_freed_or_changed_before_their_clients(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    rtk_client *first = NULL, *second = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_client_new(config, &first, &err), err);
    CHECK_OK(rtk_client_new(config, &second, &err), err);
    CHECK_STATUS(rtk_config_set_base_url(config, "no url"), RTK_STATUS_OK);
    rtk_config_free(config);

    rtk_client_free(first);
    rtk_participants *list = NULL;
    CHECK_OK(rtk_get_participants(second, "texts", APP, MEETING, &list, &err), err);
    rtk_participants_free(list);
    rtk_client_free(second);
}

/* The texts are freed before the next call. */
static void arguments_are_copied(const char *base_url)
{
    char *texts[4];
    static const char *const TEXTS[] = { "token-of-the-c-programs", "texts", APP, MEETING };
    for (int i = 0; i < 4; i++) {
        texts[i] = malloc(strlen(TEXTS[i]) + 1);
        CHECK(texts[i] != NULL);
        strcpy(texts[i], TEXTS[i]);
    }
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_api_token(config, texts[0]), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(client, texts[1], texts[2], texts[3], &iter, &err), err);
    for (int i = 0; i < 4; i++) {
        memset(texts[i], 'x', strlen(texts[i]));
        free(texts[i]);
    }
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    rtk_iter_free(iter);
    rtk_client_free(client);
}

static void lists_errors_and_iterators_outlive_their_client(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_participants *list = NULL;
    rtk_iter *begun = NULL, *fresh = NULL;
    char *json = NULL;
    rtk_error *err = NULL, *failure = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_get_participants(client, "texts", APP, MEETING, &list, &err), err);
    CHECK_OK(rtk_get_participants_json(client, "texts", APP, MEETING, &json, &err), err);
    CHECK_OK(rtk_iter_participants(client, "texts", APP, MEETING, &begun, &err), err);
    CHECK_OK(rtk_iter_participants(client, "texts", APP, MEETING, &fresh, &err), err);
    CHECK_OK(rtk_iter_next(begun, &participant, &err), err);
    rtk_participants *none = NULL;
    CHECK_STATUS(rtk_get_participants(client, "unauthorized", APP, MEETING, &none, &failure),
                 RTK_STATUS_AUTHENTICATION);
    rtk_client_free(client);

    CHECK_TEXT(rtk_participant_preset_name(participant), "host");
    rtk_iter *const iters[] = { begun, fresh };
    for (int i = 0; i < 2; i++) {
        rtk_status status;
        int count = i == 0 ? 1 : 0;
        while ((status = rtk_iter_next(iters[i], &participant, &err)) == RTK_STATUS_OK)
            count++;
        CHECK_STATUS(status, RTK_STATUS_DONE);
        CHECK(count == 3);
        CHECK(rtk_iter_is_complete(iters[i]));
        rtk_iter_free(iters[i]);
    }
    CHECK(rtk_participants_count(list) == 3);
    CHECK_TEXT(rtk_participant_preset_name(rtk_participants_at(list, 2)), "host");
    CHECK_TEXT(rtk_participants_json(list, NULL), json);
    CHECK(rtk_error_http_status(failure) == 401);
    CHECK_TEXT(rtk_error_ray_id(failure), "8f00-FRA");
    rtk_string_free(json);
    rtk_participants_free(list);
    rtk_error_free(failure);
}

/* A participant of an iterator is valid until the iterator's next call: a copy of its text stays. */
static void an_iterator_may_be_freed_before_its_end(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "texts", APP, MEETING, &iter, &err), err);
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    char copy[64];
    snprintf(copy, sizeof copy, "%s", rtk_participant_id(participant));
    rtk_iter_free(iter);
    CHECK_TEXT(copy, "aaaaaaaa-0000-4000-8000-000000000000");
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    every_free_accepts_null();
    settings_may_be_freed_or_changed_before_their_clients(argv[1]);
    arguments_are_copied(argv[1]);
    lists_errors_and_iterators_outlive_their_client(argv[1]);
    an_iterator_may_be_freed_before_its_end(argv[1]);
    return 0;
}
