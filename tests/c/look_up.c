/*
 * Usage: look_up. Calls with a name whose look-up is slow. A look-up cannot be cancelled, so its thread continues after
 * a timeout or a shutdown. The call must not wait for it, and the thread must end later.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <netdb.h>
#include <pthread.h>

#define LOOK_UP_SECONDS 3

static const char *const NAME = "https://participants.invalid";

static int slow;

/* Replaces the function of the C library. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)name, (void)service, (void)hints, (void)found;
    if (slow)
        pause_us(LOOK_UP_SECONDS * 1000000L);
    return EAI_NONAME;
}

static rtk_client *client_within(uint64_t deadline_ms)
{
    rtk_config *config = config_for(NAME);
    CHECK_STATUS(rtk_config_set_deadline_ms(config, deadline_ms), RTK_STATUS_OK);
    return client_with(config);
}

static void check_call(const rtk_client *client, size_t way, rtk_status with)
{
    rtk_error *err = GARBAGE;
    CHECK_STATUS(WAYS[way](client, &err), with);
    CHECK_STATUS(rtk_error_status(err), with);
    rtk_error_free(err);
}

static void a_name_that_does_not_exist_is_a_connection_error(void)
{
    rtk_client *client = client_within(0);
    for (size_t way = 0; way < WAYS_COUNT; way++)
        check_call(client, way, RTK_STATUS_CONNECTION);
    rtk_client_free(client);
    await_threads(1);
}

static void a_deadline_does_not_wait_for_the_look_up(void)
{
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        rtk_client *client = client_within(100);
        double began = seconds_now();
        check_call(client, way, RTK_STATUS_TIMEOUT);
        CHECK(seconds_now() - began < LOOK_UP_SECONDS);
        rtk_client_free(client);
    }
}

static void *shut_down_soon(void *client)
{
    pause_us(100000);
    rtk_client_shutdown(client);
    return NULL;
}

static void a_shutdown_does_not_wait_for_the_look_up(void)
{
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        rtk_client *client = client_within(0);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, shut_down_soon, client) == 0);
        double began = seconds_now();
        check_call(client, way, RTK_STATUS_CANCELLED);
        CHECK(seconds_now() - began < LOOK_UP_SECONDS);
        CHECK(pthread_join(thread, NULL) == 0);
        rtk_client_free(client);
    }
}

int main(void)
{
    int descriptors = descriptors_now();
    a_name_that_does_not_exist_is_a_connection_error();
    slow = 1;
    a_deadline_does_not_wait_for_the_look_up();
    CHECK(threads_now() > 1);
    a_shutdown_does_not_wait_for_the_look_up();
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
    return 0;
}
