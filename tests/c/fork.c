/*
 * Usage: fork BASE_URL SLOW_URL [TLS_URL CA_FILE]. A forked child uses its parent's client, which has open connections.
 * The service numbers its connections, and returns the number of the request's connection as the custom id. The slow
 * service takes half a second to answer.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"

#include <pthread.h>

/* How many calls are in flight during the fork. */
#define CALLS 3

static unsigned long connection(const rtk_client *client)
{
    rtk_participants *page = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_page(client, "account", APP, MEETING, 1, 10, &page, &err), err);
    unsigned long number = strtoul(rtk_participant_custom_participant_id(rtk_participants_at(page, 0)), NULL, 10);
    rtk_participants_free(page);
    return number;
}

static void finish_iteration(rtk_iter *iter)
{
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_DONE);
    rtk_iter_free(iter);
}

static void parent_and_child_use_their_own_connections(const char *base_url)
{
    rtk_client *client = client_for(base_url);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, &err), err);
    unsigned long before = connection(client);
    CHECK(connection(client) == before);

    pid_t child = fork_child();
    if (child == 0) {
        unsigned long own = connection(client);
        CHECK(own != before);
        CHECK(connection(client) == own);
        finish_iteration(iter);
        rtk_client_free(client);
        exit(0);
    }
    CHECK(connection(client) == before);
    await_child(child);
    CHECK(connection(client) == before);
    finish_iteration(iter);
    rtk_client_free(client);
}

static void *call(void *client)
{
    connection(client);
    return NULL;
}

static void a_shutdown_in_the_child_does_not_end_the_parents_call(const char *slow)
{
    rtk_client *client = client_for(slow);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, call, client) == 0);
    pause_us(200000);
    pid_t child = fork_child();
    if (child == 0) {
        rtk_client_shutdown(client);
        end_child();
    }
    await_child(child);
    CHECK(pthread_join(thread, NULL) == 0);
    rtk_client_free(client);
}

/* The child makes and closes its own connections. */
static void a_child_forked_during_calls_can_make_calls(const char *slow)
{
    rtk_client *client = client_for(slow);
    unsigned long before = connection(client);
    pthread_t threads[CALLS];
    for (int i = 0; i < CALLS; i++)
        CHECK(pthread_create(&threads[i], NULL, call, client) == 0);
    pause_us(200000);
    pid_t child = fork_child();
    if (child == 0) {
        unsigned long own = connection(client);
        CHECK(own >= before + CALLS);
        CHECK(connection(client) == own);
        rtk_client_free(client);
        end_child();
    }
    for (int i = 0; i < CALLS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    await_child(child);
    CHECK(connection(client) < before + CALLS);
    rtk_client_free(client);
}

static void get_page(const rtk_client *client)
{
    rtk_participants *page = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_page(client, "account", APP, MEETING, 1, 10, &page, &err), err);
    rtk_participants_free(page);
}

/* TLS has a state: a byte or an alert that the child sends on its parent's connection would break it. */
static void a_child_does_not_use_its_parents_tls_connection(const char *tls, const char *ca_file)
{
    rtk_config *config = config_for(tls);
    CHECK_STATUS(rtk_config_set_ca_file(config, ca_file), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    get_page(client);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork_child();
        if (child == 0) {
            if (i == 0)
                get_page(client);
            else
                rtk_client_shutdown(client);
            rtk_client_free(client);
            exit(0);
        }
        await_child(child);
        get_page(client);
    }
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3 || argc == 5);
    parent_and_child_use_their_own_connections(argv[1]);
    a_shutdown_in_the_child_does_not_end_the_parents_call(argv[2]);
    a_child_forked_during_calls_can_make_calls(argv[2]);
    if (argc == 5)
        a_child_does_not_use_its_parents_tls_connection(argv[3], argv[4]);
    return 0;
}
