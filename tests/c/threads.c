/* Usage: threads BASE_URL. Threads share a client, a list and an error. Other handles move between threads. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 10

struct shared {
    const rtk_client *client;
    const rtk_participants *list;
    const rtk_error *error;
    const char *json[THREADS];
};

struct worker {
    struct shared *shared;
    int number;
};

static void call_everything(const rtk_client *client)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants(client, "pages", APP, MEETING, &list, &err), err);
    CHECK(rtk_participants_count(list) == 5 && rtk_participants_is_complete(list));
    rtk_participants_free(list);

    CHECK_OK(rtk_get_participants_page(client, "texts", APP, MEETING, 1, 10, &list, &err), err);
    CHECK(rtk_participants_count(list) == 3);
    rtk_participants_free(list);

    char *json = NULL;
    CHECK_OK(rtk_get_participants_json(client, "texts", APP, MEETING, &json, &err), err);
    CHECK(strstr(json, "a_field_of_the_future") != NULL);
    rtk_string_free(json);

    rtk_iter *iter = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "pages", APP, MEETING, &iter, &err), err);
    for (int i = 0; i < 5; i++)
        CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_DONE);
    rtk_iter_free(iter);

    CHECK_STATUS(rtk_get_participants(client, "missing", APP, MEETING, &list, &err), RTK_STATUS_NOT_FOUND);
    CHECK(rtk_error_api_code(err) == 404);
    rtk_error_free(err);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct shared *shared = worker->shared;
    for (int round = 0; round < ROUNDS; round++) {
        call_everything(shared->client);
        shared->json[worker->number] = rtk_participants_json(shared->list, NULL);
        CHECK_TEXT(rtk_participant_preset_name(rtk_participants_at(shared->list, 1)), "host");
        CHECK(rtk_participant_created_at_ms(rtk_participants_at(shared->list, 1)) == 1577470279117);
        CHECK(strstr(rtk_error_message(shared->error), "404") != NULL);
        CHECK(rtk_error_body(shared->error, NULL) != NULL);
    }
    return NULL;
}

static void threads_share_a_client_a_list_and_an_error(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_participants *list = NULL, *none = NULL;
    rtk_error *err = NULL, *failure = NULL;
    CHECK_OK(rtk_get_participants(client, "texts", APP, MEETING, &list, &err), err);
    CHECK_STATUS(rtk_get_participants(client, "missing", APP, MEETING, &none, &failure), RTK_STATUS_NOT_FOUND);

    struct shared shared = { client, list, failure, { NULL } };
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i].shared = &shared;
        workers[i].number = i;
        CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    /* The JSON is made only once. */
    for (int i = 0; i < THREADS; i++)
        CHECK(shared.json[i] == shared.json[0]);
    rtk_error_free(failure);
    rtk_participants_free(list);
    rtk_client_free(client);
}

/* Handles that one thread makes, another one uses, and a third one frees. */
struct handles {
    const char *base_url;
    rtk_config *config;
    rtk_client *client;
    rtk_participants *list;
    rtk_iter *iter;
    char *json;
    rtk_error *failure;
};

static void *make_settings(void *context)
{
    struct handles *handles = context;
    handles->config = config_for(handles->base_url);
    return NULL;
}

static void *make_client(void *context)
{
    struct handles *handles = context;
    handles->client = client_with(handles->config);
    return NULL;
}

static void *make_results(void *context)
{
    struct handles *handles = context;
    rtk_error *err = NULL;
    rtk_participants *none = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_get_participants(handles->client, "texts", APP, MEETING, &handles->list, &err), err);
    CHECK_OK(rtk_get_participants_json(handles->client, "texts", APP, MEETING, &handles->json, &err), err);
    CHECK_OK(rtk_iter_participants(handles->client, "pages", APP, MEETING, &handles->iter, &err), err);
    CHECK_OK(rtk_iter_next(handles->iter, &participant, &err), err);
    CHECK_STATUS(rtk_get_participants(handles->client, "missing", APP, MEETING, &none, &handles->failure),
                 RTK_STATUS_NOT_FOUND);
    return NULL;
}

static void *use_results(void *context)
{
    struct handles *handles = context;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_TEXT(handles->json, rtk_participants_json(handles->list, NULL));
    CHECK_OK(rtk_iter_next(handles->iter, &participant, &err), err);
    CHECK(rtk_error_http_status(handles->failure) == 404);
    return NULL;
}

static void *free_all(void *context)
{
    struct handles *handles = context;
    rtk_client_free(handles->client);
    rtk_participants_free(handles->list);
    rtk_iter_free(handles->iter);
    rtk_string_free(handles->json);
    rtk_error_free(handles->failure);
    return NULL;
}

static void handles_move_between_threads(const char *base_url)
{
    struct handles handles = { base_url, NULL, NULL, NULL, NULL, NULL, NULL };
    void *(*const steps[])(void *) = { make_settings, make_client, make_results, use_results, free_all };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, steps[i], &handles) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    threads_share_a_client_a_list_and_an_error(argv[1]);
    handles_move_between_threads(argv[1]);
    return 0;
}
