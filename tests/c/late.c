/*
 * Usage: late BASE_URL TLS_URL CA_FILE. Calls while a thread or the process exits: from a destructor of thread-specific
 * data, and from an atexit() handler. The thread-local values of Rust's standard library are destroyed by then.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>

static rtk_client *shared[2];
static int destroyed;

static void everyone(const rtk_client *client)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    rtk_iter *iter = NULL;
    CHECK_OK(rtk_get_participants(client, "pages", APP, MEETING, &list, &err), err);
    CHECK(rtk_participants_count(list) > 0 && rtk_participants_json(list, NULL) != NULL);
    CHECK(rtk_participant_created_at_ms(rtk_participants_at(list, 0)) != 0);
    rtk_participants_free(list);
    CHECK_OK(rtk_iter_participants(client, "pages", APP, MEETING, &iter, &err), err);
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    rtk_iter_free(iter);
    CHECK_STATUS(rtk_get_participants(client, "..", APP, MEETING, &list, &err), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(rtk_error_message(err) != NULL);
    rtk_error_free(err);
}

/* Makes calls with a client that has connections, and with a new one. */
static void call_everything(void)
{
    rtk_error *err = NULL;
    for (int i = 0; i < 2; i++) {
        everyone(shared[i]);
        rtk_client *child = NULL;
        CHECK_OK(rtk_client_child(shared[i], &child, &err), err);
        everyone(child);
        rtk_client_free(child);
    }
}

static void destroy(void *value)
{
    CHECK(value == &destroyed);
    call_everything();
    destroyed = 1;
}

static void *work(void *key)
{
    CHECK(pthread_setspecific(*(pthread_key_t *)key, &destroyed) == 0);
    call_everything();
    return NULL;
}

static void at_exit(void)
{
    call_everything();
    for (int i = 0; i < 2; i++)
        rtk_client_free(shared[i]);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    CHECK(atexit(at_exit) == 0);
    for (int i = 0; i < 2; i++) {
        rtk_config *config = config_for(argv[i + 1]);
        CHECK_STATUS(rtk_config_set_ca_file(config, argv[3]), RTK_STATUS_OK);
        shared[i] = client_with(config);
    }
    pthread_key_t key;
    pthread_t thread;
    CHECK(pthread_key_create(&key, destroy) == 0);
    CHECK(pthread_create(&thread, NULL, work, &key) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(destroyed);
    call_everything();
    return 0;
}
