/*
 * Usage: machine PORT, where PORT is that of a service on 127.0.0.1. Failures of the machine: no more descriptors or
 * threads, names that are not found, a look-up that hangs, a missing address family. The program replaces functions of
 * the C library, so it needs no name server and no other host.
 */
#define _DEFAULT_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNT "account" /* two participants */
#define MANY "many" /* many pages */

#ifndef RTLD_NEXT /* an extension of _GNU_SOURCE, which would also change the type of connect */
#define RTLD_NEXT ((void *)-1L)
#endif

static const char *port;

/* The result of every look-up, after a wait: a failure (EAI_...) or addresses. */
static struct {
    int failure;
    unsigned seconds;
    struct addrinfo found[2];
    struct sockaddr_storage addresses[2];
} names;

/* The errno of socket() and of connect() for IPv6; 0: no failure. */
static int no_ipv6_sockets, no_ipv6_network;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)host;
    (void)service;
    (void)hints;
    sleep(names.seconds);
    *found = names.failure == 0 ? names.found : NULL;
    return names.failure;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

int socket(int family, int type, int protocol)
{
    if (family == AF_INET6 && no_ipv6_sockets != 0) {
        errno = no_ipv6_sockets;
        return -1;
    }
    return (int)syscall(SYS_socket, family, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (address->sa_family == AF_INET6 && no_ipv6_network != 0) {
        errno = no_ipv6_network;
        return -1;
    }
    return (int)syscall(SYS_connect, fd, address, length);
}

/* How many more threads may be started. */
static int threads_left = 1000000;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    static int (*original)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (original == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&original, &symbol, sizeof original);
    }
    if (threads_left == 0)
        return EAGAIN;
    threads_left--;
    return original(thread, attributes, start, argument);
}

static void add_address(int index, const char *text)
{
    struct addrinfo *found = &names.found[index];
    struct sockaddr_storage *address = &names.addresses[index];
    memset(found, 0, sizeof *found);
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)atoi(port));
        found->ai_addrlen = sizeof *v4;
    } else {
        CHECK(inet_pton(AF_INET6, text, &v6->sin6_addr) == 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)atoi(port));
        found->ai_addrlen = sizeof *v6;
    }
    found->ai_family = address->ss_family;
    found->ai_socktype = SOCK_STREAM;
    found->ai_addr = (struct sockaddr *)address;
    if (index > 0)
        names.found[index - 1].ai_next = found;
}

static void set_look_up(int failure, unsigned seconds, const char *first, const char *second)
{
    memset(&names, 0, sizeof names);
    names.failure = failure;
    names.seconds = seconds;
    if (first != NULL)
        add_address(0, first);
    if (second != NULL)
        add_address(1, second);
}

static rtk_client *client_for_format(const char *format)
{
    char url[200];
    snprintf(url, sizeof url, format, port);
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 1000), RTK_STATUS_OK);
    return client_with(config);
}

static void check_succeeds(const rtk_client *client)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_OK(rtk_get_participants(client, ACCOUNT, APP, MEETING, &list, &err), err);
    CHECK_NUMBER(rtk_participants_count(list), 2);
    CHECK(rtk_participants_is_complete(list));
    rtk_participants_free(list);
}

static void check_fails(const rtk_client *client, rtk_status status, const char *message_part)
{
    for (int i = 0; i < 3; i++) {
        rtk_participants *list = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_STATUS(rtk_get_participants(client, ACCOUNT, APP, MEETING, &list, &err), status);
        CHECK(list == NULL && err != NULL);
        if (strstr(rtk_error_message(err), message_part) == NULL)
            CHECK_TEXT(rtk_error_message(err), message_part);
        rtk_error_free(err);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Sets how many more descriptors may be opened. */
static void set_descriptors_left(rlim_t count)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int next = dup(0);
    CHECK(next >= 0 && close(next) == 0);
    limit.rlim_cur = (rlim_t)next + count;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void calls_need_descriptors(void)
{
    set_look_up(0, 0, "127.0.0.1", NULL);
    const char *urls[] = { "http://127.0.0.1:%s", "http://localhost:%s" };
    for (int i = 0; i < 2; i++) {
        rtk_client *client = client_for_format(urls[i]);
        set_descriptors_left(0);
        check_fails(client, RTK_STATUS_CONNECTION, strerror(EMFILE));
        set_descriptors_left(20);
        check_succeeds(client);
        /* The call reuses the connection. */
        set_descriptors_left(0);
        check_succeeds(client);
        set_descriptors_left(20);
        rtk_client_free(client);
    }
}

static void an_unknown_name_is_a_connection_error(void)
{
    rtk_client *client = client_for_format("https://participants.invalid");
    set_look_up(EAI_NONAME, 0, NULL, NULL);
    char message[300];
    snprintf(message, sizeof message, "no answer from participants.invalid: failed to lookup address information: %s",
             gai_strerror(EAI_NONAME));
    check_fails(client, RTK_STATUS_CONNECTION, message);
    set_look_up(EAI_AGAIN, 0, NULL, NULL);
    check_fails(client, RTK_STATUS_CONNECTION, gai_strerror(EAI_AGAIN));
    rtk_client_free(client);
}

static void the_connect_timeout_ends_the_wait_for_a_look_up(void)
{
    rtk_client *client = client_for_format("https://participants.invalid");
    set_look_up(EAI_AGAIN, 10, NULL, NULL);
    double began = seconds_now();
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_STATUS(rtk_get_participants(client, ACCOUNT, APP, MEETING, &list, &err), RTK_STATUS_TIMEOUT);
    CHECK_TEXT(rtk_error_message(err), "no connection to participants.invalid within 1 s (page 1)");
    rtk_error_free(err);
    CHECK(seconds_now() - began < 8);
    rtk_client_free(client);
}

static void the_look_up_of_a_proxy_counts_towards_the_connect_timeout(void)
{
    /* The proxy never answers. Its look-up ends a second before the timeout. */
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 8) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    char url[200];
    snprintf(url, sizeof url, "http://proxy.invalid:%d", ntohs(address.sin_port));
    rtk_config *config = config_for("https://participants.invalid");
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 6000), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, url), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    set_look_up(0, 5, "127.0.0.1", NULL);
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    double began = seconds_now();
    CHECK_STATUS(rtk_get_participants(client, ACCOUNT, APP, MEETING, &list, &err), RTK_STATUS_TIMEOUT);
    CHECK(seconds_now() - began < 9);
    rtk_error_free(err);
    rtk_client_free(client);
    CHECK(close(listener) == 0);
}

static void a_missing_address_family_is_reported_or_replaced(void)
{
    static const struct {
        int *variable, failure;
    } FAILURES[] = {
        { &no_ipv6_sockets, EAFNOSUPPORT },
        { &no_ipv6_network, ENETUNREACH },
        { &no_ipv6_network, EHOSTUNREACH },
        { &no_ipv6_network, EADDRNOTAVAIL },
    };
    for (size_t i = 0; i < sizeof FAILURES / sizeof *FAILURES; i++) {
        *FAILURES[i].variable = FAILURES[i].failure;
        const char *urls[] = { "http://[::1]:%s", "http://localhost:%s" };
        set_look_up(0, 0, "::1", NULL);
        for (int j = 0; j < 2; j++) {
            rtk_client *client = client_for_format(urls[j]);
            check_fails(client, RTK_STATUS_CONNECTION, strerror(FAILURES[i].failure));
            rtk_client_free(client);
        }
        const char *orders[][2] = { { "::1", "127.0.0.1" }, { "127.0.0.1", "::1" } };
        for (int j = 0; j < 2; j++) {
            set_look_up(0, 0, orders[j][0], orders[j][1]);
            rtk_client *client = client_for_format("http://localhost:%s");
            check_succeeds(client);
            rtk_client_free(client);
        }
        *FAILURES[i].variable = 0;
    }
}

static void calls_work_with_few_threads_or_fail(void)
{
    /* The look-up needs a thread. */
    set_look_up(0, 0, "127.0.0.1", NULL);
    rtk_client *client = client_for_format("http://localhost:%s");
    threads_left = 0;
    check_fails(client, RTK_STATUS_CONNECTION, "Resource temporarily unavailable");
    threads_left = 1000000;
    check_succeeds(client);
    rtk_client_free(client);

    /* Several threads fetch pages in parallel. If they can't be started, fewer do, or only the calling thread. */
    char url[200];
    snprintf(url, sizeof url, "http://127.0.0.1:%s", port);
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_per_page(config, 1), RTK_STATUS_OK);
    client = client_with(config);
    for (threads_left = 2; threads_left >= 0; threads_left--) {
        int left = threads_left;
        rtk_participants *list = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_OK(rtk_get_participants(client, MANY, APP, MEETING, &list, &err), err);
        CHECK(rtk_participants_is_complete(list));
        rtk_participants_free(list);
        threads_left = left;
    }
    threads_left = 1000000;
    check_succeeds(client);
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    port = argv[1];
    calls_need_descriptors();
    an_unknown_name_is_a_connection_error();
    a_missing_address_family_is_reported_or_replaced();
    calls_work_with_few_threads_or_fail();
    the_connect_timeout_ends_the_wait_for_a_look_up();
    the_look_up_of_a_proxy_counts_towards_the_connect_timeout();
    return 0;
}
