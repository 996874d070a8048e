/*
 * Usage: addresses PORT. Connects to hosts with several addresses, of which some are dead.
 *
 * At 127.0.0.1 is a service that closes each connection after its response. At 127.0.0.2 nothing answers. At 127.0.0.3
 * connections are refused. The program replaces functions of the C library: it decides which addresses a name has,
 * redirects each of them to one of these three, and records which were tried.
 */
#define _DEFAULT_SOURCE
#include "process.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef RTLD_NEXT /* an extension of _GNU_SOURCE, which would also change the type of connect */
#define RTLD_NEXT ((void *)-1L)
#endif

#define MAX_ADDRESSES 40

/* How an address behaves. ALIVE, DEAD and REFUSING are the last numbers of the addresses above. */
enum behaviour { UNREACHABLE, ALIVE, DEAD, REFUSING, FAILING_LATE };

struct address {
    int family;
    enum behaviour behaviour;
};

static const struct address V6_DEAD = { AF_INET6, DEAD }, V6_REFUSING = { AF_INET6, REFUSING };
static const struct address V6_ALIVE = { AF_INET6, ALIVE };
static const struct address V6_FAILING_LATE = { AF_INET6, FAILING_LATE }, V4_FAILING_LATE = { AF_INET, FAILING_LATE };
static const struct address V4_DEAD = { AF_INET, DEAD }, V4_REFUSING = { AF_INET, REFUSING };
static const struct address V4_ALIVE = { AF_INET, ALIVE };

static uint16_t port;
static int address_count, tried[200], tried_count, threads_started;
static enum behaviour behaviours[MAX_ADDRESSES];
static struct addrinfo found_addresses[MAX_ADDRESSES];
static struct sockaddr_storage socket_addresses[MAX_ADDRESSES];
static long clock_ahead_seconds;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)host;
    (void)service;
    (void)hints;
    *found = found_addresses;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

int socket(int family, int type, int protocol)
{
    return (int)syscall(SYS_socket, family == AF_INET6 ? AF_INET : family, type, protocol);
}

static void *fail_later(void *fd)
{
    pause_us(700000);
    CHECK(shutdown((int)(intptr_t)fd, SHUT_RDWR) == 0);
    return NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    static int (*original)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (original == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&original, &symbol, sizeof original);
    }
    threads_started++;
    return original(thread, attributes, start, argument);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    int number = address->sa_family == AF_INET6 ? v6->sin6_addr.s6_addr[15] : (int)(ntohl(v4->sin_addr.s_addr) & 255);
    int late = behaviours[number] == FAILING_LATE;
    (void)length;
    CHECK(number < address_count && tried_count < (int)(sizeof tried / sizeof *tried));
    tried[tried_count++] = number;
    if (behaviours[number] == UNREACHABLE) {
        errno = ENETUNREACH;
        return -1;
    }
    struct sockaddr_in real;
    memset(&real, 0, sizeof real);
    real.sin_family = AF_INET;
    real.sin_port = htons(port);
    real.sin_addr.s_addr = htonl(0x7f000000u + (uint32_t)(late ? DEAD : behaviours[number]));
    int begun = (int)syscall(SYS_connect, fd, &real, sizeof real), error = errno;
    pthread_t thread;
    if (late)
        CHECK(pthread_create(&thread, NULL, fail_later, (void *)(intptr_t)fd) == 0 && pthread_detach(thread) == 0);
    errno = error;
    return begun;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, time);
    time->tv_sec += clock == CLOCK_MONOTONIC ? clock_ahead_seconds : 0;
    return failed;
}

static void add_address(struct address address)
{
    int number = address_count++;
    CHECK(number < MAX_ADDRESSES);
    behaviours[number] = address.behaviour;
    struct addrinfo *found = &found_addresses[number];
    memset(found, 0, sizeof *found);
    memset(&socket_addresses[number], 0, sizeof socket_addresses[number]);
    if (address.family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&socket_addresses[number];
        v4->sin_family = AF_INET;
        v4->sin_addr.s_addr = htonl(0x7f000100u + (uint32_t)number);
        found->ai_addrlen = sizeof *v4;
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&socket_addresses[number];
        v6->sin6_family = AF_INET6;
        v6->sin6_addr.s6_addr[15] = (uint8_t)number;
        found->ai_addrlen = sizeof *v6;
    }
    found->ai_family = address.family;
    found->ai_socktype = SOCK_STREAM;
    found->ai_addr = (struct sockaddr *)&socket_addresses[number];
    if (number > 0)
        found_addresses[number - 1].ai_next = found;
}

/* Gives the name these addresses, numbered from 0. */
static void set_addresses(int count, const struct address *addresses)
{
    address_count = 0;
    for (int i = 0; i < count; i++)
        add_address(addresses[i]);
}

#define ADDRESSES(...) (struct address[]){ __VA_ARGS__ }
#define SET_ADDRESSES(...) \
    set_addresses(sizeof(ADDRESSES(__VA_ARGS__)) / sizeof(struct address), ADDRESSES(__VA_ARGS__))

/* Returns the numbers of the addresses that were tried since the last call, such as "0 1". */
static const char *take_tried(void)
{
    static char text[1000];
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < tried_count; i++)
        length += (size_t)sprintf(text + length, i == 0 ? "%d" : " %d", tried[i]);
    tried_count = 0;
    return text;
}

static rtk_client *client_within(uint64_t connect_timeout_ms)
{
    char url[100];
    snprintf(url, sizeof url, "http://localhost:%d", port);
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, connect_timeout_ms), RTK_STATUS_OK);
    return client_with(config);
}

static rtk_status ask(const rtk_client *client, char *message, size_t size)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    rtk_status status = rtk_get_participants(client, "account", APP, MEETING, &list, &err);
    snprintf(message, size, "%s", status == RTK_STATUS_OK ? "" : rtk_error_message(err));
    rtk_participants_free(list);
    rtk_error_free(err);
    return status;
}

/* Checks that a call succeeds within this time. */
static void check_succeeds(const rtk_client *client, double seconds)
{
    char message[400];
    double began = seconds_now();
    ask(client, message, sizeof message);
    CHECK_TEXT(message, "");
    CHECK(seconds_now() - began < seconds);
}

static void check_fails(const rtk_client *client, rtk_status status, const char *message_part)
{
    char message[400];
    CHECK_STATUS(ask(client, message, sizeof message), status);
    if (strstr(message, message_part) == NULL)
        CHECK_TEXT(message, message_part);
}

/* If addresses were tried one after another, each with its share of the 10 s, the dead one would take 5 s. */
static void a_dead_address_delays_only_the_first_call(void)
{
    static const struct address DEAD_ONES[] = { { AF_INET6, DEAD }, { AF_INET, DEAD } };
    for (int i = 0; i < 2; i++) {
        rtk_client *client = client_within(10000);
        SET_ADDRESSES(DEAD_ONES[i], V4_ALIVE);
        double began = seconds_now();
        check_succeeds(client, 2.5);
        CHECK(seconds_now() - began > 0.2);
        CHECK_TEXT(take_tried(), "0 1");
        began = seconds_now();
        for (int call = 0; call < 8; call++)
            check_succeeds(client, 2.5);
        CHECK(seconds_now() - began < 8 * 0.2);
        CHECK_TEXT(take_tried(), "1 1 1 1 1 1 1 1");

        /* rtk_client_child shares this knowledge; a new client does not have it. */
        rtk_client *child = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_OK(rtk_client_child(client, &child, &err), err);
        check_succeeds(child, 2.5);
        CHECK_TEXT(take_tried(), "1");
        rtk_client_free(child);
        rtk_client_free(client);
        client = client_within(10000);
        check_succeeds(client, 2.5);
        CHECK_TEXT(take_tried(), "0 1");
        rtk_client_free(client);
    }
}

static void a_dead_address_after_a_live_one_is_not_tried(void)
{
    rtk_client *client = client_within(10000);
    SET_ADDRESSES(V4_ALIVE, V6_DEAD);
    for (int call = 0; call < 3; call++)
        check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 0 0");
    rtk_client_free(client);
}

static void an_address_that_fails_at_once_causes_no_delay(void)
{
    static const struct address FAILING[] = { { AF_INET6, REFUSING }, { AF_INET6, UNREACHABLE } };
    for (int i = 0; i < 2; i++) {
        SET_ADDRESSES(FAILING[i], FAILING[i], V4_ALIVE);
        double began = seconds_now();
        for (int round = 0; round < 20; round++) {
            rtk_client *client = client_within(10000);
            check_succeeds(client, 2.5);
            CHECK_TEXT(take_tried(), "0 2");
            rtk_client_free(client);
        }
        /* Less than the delay between attempts. */
        CHECK(seconds_now() - began < 20 * 0.2);
    }
    /* Neither with other attempts in progress: nine delays of 250 ms would take longer. */
    rtk_client *client = client_within(10000);
    SET_ADDRESSES(V6_DEAD, V4_REFUSING, V6_REFUSING, V4_REFUSING, V6_REFUSING, V4_REFUSING, V6_REFUSING, V4_REFUSING,
             V6_REFUSING, V4_ALIVE);
    check_succeeds(client, 2);
    CHECK_TEXT(take_tried(), "0 1 2 3 4 5 6 7 8 9");
    rtk_client_free(client);
}

static void a_dead_address_family_delays_like_one_dead_address(void)
{
    address_count = 0;
    for (int i = 0; i < 20; i++)
        add_address(V6_DEAD);
    add_address(V4_DEAD);
    add_address(V4_ALIVE);
    rtk_client *client = client_within(10000);
    check_succeeds(client, 4);
    CHECK_TEXT(take_tried(), "0 20 1 21");
    check_succeeds(client, 4);
    CHECK_TEXT(take_tried(), "21");
    rtk_client_free(client);
}

static void other_addresses_are_tried_if_the_preferred_one_fails(void)
{
    rtk_client *client = client_within(10000);
    SET_ADDRESSES(V6_DEAD, V4_ALIVE, V6_ALIVE);
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 1");
    behaviours[0] = ALIVE;
    behaviours[1] = REFUSING;
    double began = seconds_now();
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "1 0");
    behaviours[1] = DEAD;
    for (int call = 0; call < 5; call++)
        check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 0 0 0 0");
    CHECK(seconds_now() - began < 6 * 0.2);
    behaviours[0] = DEAD;
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 1 2");
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "2");
    /* An address that the name does not have any more is not tried. */
    SET_ADDRESSES(V4_DEAD, V6_ALIVE);
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 1");
    rtk_client_free(client);
}

static void the_preferred_address_is_forgotten_after_ten_minutes(void)
{
    rtk_client *client = client_within(10000);
    SET_ADDRESSES(V6_DEAD, V4_ALIVE);
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0 1");
    behaviours[0] = ALIVE;
    clock_ahead_seconds += 9 * 60;
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "1");
    clock_ahead_seconds += 2 * 60;
    check_succeeds(client, 2.5);
    CHECK_TEXT(take_tried(), "0");
    rtk_client_free(client);
}

/* Seven delays of 250 ms would exceed the timeout. */
static void a_short_timeout_is_divided_among_the_addresses(void)
{
    rtk_client *client = client_within(1700);
    SET_ADDRESSES(V6_DEAD, V4_DEAD, V6_DEAD, V4_DEAD, V6_DEAD, V4_DEAD, V6_DEAD, V4_ALIVE);
    check_succeeds(client, 4);
    CHECK_TEXT(take_tried(), "0 1 2 3 4 5 6 7");
    rtk_client_free(client);
}

static void a_connect_ends_when_its_last_attempt_fails(void)
{
    rtk_client *client = client_within(30000);
    SET_ADDRESSES(V6_FAILING_LATE, V4_REFUSING, V4_FAILING_LATE);
    double began = seconds_now();
    check_fails(client, RTK_STATUS_CONNECTION, "Connection refused");
    CHECK(seconds_now() - began < 10);
    CHECK_TEXT(take_tried(), "0 1 2");
    rtk_client_free(client);
}

static void the_most_informative_failure_is_reported(void)
{
    const char *unreachable = strerror(ENETUNREACH);
    const struct {
        struct address addresses[2];
        rtk_status status;
        const char *message_part;
    } CASES[] = {
        { { { AF_INET6, DEAD }, { AF_INET, DEAD } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET6, REFUSING }, { AF_INET, DEAD } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, DEAD }, { AF_INET, REFUSING } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, REFUSING } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET, REFUSING }, { AF_INET6, UNREACHABLE } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, DEAD } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET, DEAD }, { AF_INET6, UNREACHABLE } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, UNREACHABLE } }, RTK_STATUS_CONNECTION, unreachable },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        rtk_client *client = client_within(600);
        set_addresses(2, CASES[i].addresses);
        double began = seconds_now();
        check_fails(client, CASES[i].status, CASES[i].message_part);
        CHECK(seconds_now() - began < 5);
        CHECK_TEXT(take_tried(), "0 1");
        rtk_client_free(client);
    }
}

static void *shut_down_later(void *client)
{
    pause_us(600000);
    rtk_client_shutdown(client);
    return NULL;
}

/* Two attempts are in progress. */
static void a_shutdown_ends_every_attempt(void)
{
    rtk_client *client = client_within(30000);
    SET_ADDRESSES(V6_DEAD, V4_DEAD);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, shut_down_later, client) == 0);
    double began = seconds_now();
    char message[400];
    CHECK_STATUS(ask(client, message, sizeof message), RTK_STATUS_CANCELLED);
    CHECK(seconds_now() - began < 10);
    CHECK_TEXT(take_tried(), "0 1");
    CHECK(pthread_join(thread, NULL) == 0);
    rtk_client_free(client);
}

/* The proxy refuses to open a tunnel. */
static void a_dead_address_of_a_proxy_delays_only_the_first_call(void)
{
    char url[100];
    snprintf(url, sizeof url, "http://proxy.invalid:%d", port);
    rtk_config *config = config_for("https://participants.invalid");
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 10000), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, url), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    SET_ADDRESSES(V6_DEAD, V4_ALIVE);
    double began = seconds_now();
    check_fails(client, RTK_STATUS_CONNECTION, "HTTP 403");
    CHECK_TEXT(take_tried(), "0 1");
    check_fails(client, RTK_STATUS_CONNECTION, "HTTP 403");
    CHECK_TEXT(take_tried(), "1");
    CHECK(seconds_now() - began < 4);
    rtk_client_free(client);
}

static void only_the_look_up_starts_a_thread(void)
{
    rtk_client *client = client_within(10000);
    SET_ADDRESSES(V6_DEAD, V4_DEAD, V6_REFUSING, V4_REFUSING, V4_ALIVE);
    threads_started = 0;
    check_succeeds(client, 4);
    /* That of the look-up. */
    CHECK_NUMBER(threads_started, 1);
    take_tried();
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    port = (uint16_t)atoi(argv[1]);
    int descriptors = descriptors_now();
    a_dead_address_delays_only_the_first_call();
    a_dead_address_after_a_live_one_is_not_tried();
    an_address_that_fails_at_once_causes_no_delay();
    a_dead_address_family_delays_like_one_dead_address();
    other_addresses_are_tried_if_the_preferred_one_fails();
    the_preferred_address_is_forgotten_after_ten_minutes();
    a_short_timeout_is_divided_among_the_addresses();
    a_connect_ends_when_its_last_attempt_fails();
    the_most_informative_failure_is_reported();
    a_shutdown_ends_every_attempt();
    a_dead_address_of_a_proxy_delays_only_the_first_call();
    only_the_look_up_starts_a_thread();
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
    return 0;
}
