/*
 * Usage: look_up PORT. Calls with a name whose look-up is slow. A look-up cannot be cancelled, so its thread continues
 * after a timeout or a shutdown. The call must not wait for it, and the thread must end later. The service at
 * 127.0.0.1:PORT has COUNT participants.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#define LOOK_UP_SECONDS 3
#define COUNT 250

static const char *const NAME = "https://participants.invalid";

static int slow, look_ups;
static uint16_t port;
static struct sockaddr_in loopback;
static struct addrinfo found_address;

/* Replaces the function of the C library. The one name that exists is localhost. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)service, (void)hints;
    look_ups++;
    if (slow)
        pause_us(LOOK_UP_SECONDS * 1000000L);
    if (strcmp(name, "localhost") != 0)
        return EAI_NONAME;
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    found_address.ai_family = AF_INET;
    found_address.ai_socktype = SOCK_STREAM;
    found_address.ai_addr = (struct sockaddr *)&loopback;
    found_address.ai_addrlen = sizeof loopback;
    *found = &found_address;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
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

static void only_a_new_connection_looks_up_the_name(void)
{
    char url[100];
    snprintf(url, sizeof url, "http://localhost:%d", port);
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_max_connections(config, 1), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    look_ups = 0;
    for (int call = 0; call < 3; call++)
        check_everyone(client, "account", COUNT);
    CHECK_NUMBER(look_ups, 1);
    rtk_client_free(client);
}

static void the_connect_timeout_ends_the_look_up(void)
{
    rtk_config *config = config_for(NAME);
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 100), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        double began = seconds_now();
        rtk_error *err = GARBAGE;
        CHECK_STATUS(WAYS[way](client, &err), RTK_STATUS_TIMEOUT);
        CHECK(strstr(rtk_error_message(err), "no connection to participants.invalid within 0.1 s") != NULL);
        CHECK(seconds_now() - began < LOOK_UP_SECONDS);
        rtk_error_free(err);
    }
    rtk_client_free(client);
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

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    port = (uint16_t)atoi(argv[1]);
    loopback.sin_port = htons(port);
    int descriptors = descriptors_now();
    a_name_that_does_not_exist_is_a_connection_error();
    only_a_new_connection_looks_up_the_name();
    slow = 1;
    the_connect_timeout_ends_the_look_up();
    a_deadline_does_not_wait_for_the_look_up();
    CHECK(threads_now() > 1);
    a_shutdown_does_not_wait_for_the_look_up();
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
    return 0;
}
