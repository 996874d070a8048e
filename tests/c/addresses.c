/*
 * Usage: addresses PORT. A host with several addresses, some of them dead. At 127.0.0.1 is a service that ends each
 * connection after its answer, at 127.0.0.2 nobody answers, at 127.0.0.3 connections are refused. The program stands
 * between the library and the C library: it says what addresses a name has, sends each of them to one of these three,
 * and notes which were tried.
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

#ifndef RTLD_NEXT /* which is an extension; with all of these, connect has another type */
#define RTLD_NEXT ((void *)-1L)
#endif

#define MOST 40

/* What is at an address. */
enum what { UNREACHABLE, ALIVE, DEAD, REFUSING, FAILING_LATE };

struct address {
    int family;
    enum what what;
};

static const struct address V6_DEAD = { AF_INET6, DEAD }, V6_REFUSING = { AF_INET6, REFUSING };
static const struct address V6_ALIVE = { AF_INET6, ALIVE };
static const struct address V6_FAILING_LATE = { AF_INET6, FAILING_LATE }, V4_FAILING_LATE = { AF_INET, FAILING_LATE };
static const struct address V4_DEAD = { AF_INET, DEAD }, V4_REFUSING = { AF_INET, REFUSING };
static const struct address V4_ALIVE = { AF_INET, ALIVE };

static uint16_t port;
static int names_count, tried[200], tried_count, threads_started;
static enum what what_is_at[MOST];
static struct addrinfo found_addresses[MOST];
static struct sockaddr_storage socket_addresses[MOST];
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
    int late = what_is_at[number] == FAILING_LATE;
    (void)length;
    CHECK(number < names_count && tried_count < (int)(sizeof tried / sizeof *tried));
    tried[tried_count++] = number;
    if (what_is_at[number] == UNREACHABLE) {
        errno = ENETUNREACH;
        return -1;
    }
    struct sockaddr_in real;
    memset(&real, 0, sizeof real);
    real.sin_family = AF_INET;
    real.sin_port = htons(port);
    real.sin_addr.s_addr = htonl(0x7f000000u + (uint32_t)(late ? DEAD : what_is_at[number]));
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

static void add_name(struct address address)
{
    int number = names_count++;
    CHECK(number < MOST);
    what_is_at[number] = address.what;
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

/* A name with these addresses, numbered in this order. */
static void name_has(int count, const struct address *addresses)
{
    names_count = 0;
    for (int i = 0; i < count; i++)
        add_name(addresses[i]);
}

#define ADDRESSES(...) (struct address[]){ __VA_ARGS__ }
#define NAME_HAS(...) name_has(sizeof(ADDRESSES(__VA_ARGS__)) / sizeof(struct address), ADDRESSES(__VA_ARGS__))

/* Which addresses were tried since this was asked last, such as "0 1". */
static const char *tried_now(void)
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

/* A call that must succeed within a time. */
static void works(const rtk_client *client, double seconds)
{
    char message[400];
    double began = seconds_now();
    ask(client, message, sizeof message);
    CHECK_TEXT(message, "");
    CHECK(seconds_now() - began < seconds);
}

static void fails(const rtk_client *client, rtk_status status, const char *said)
{
    char message[400];
    CHECK_STATUS(ask(client, message, sizeof message), status);
    if (strstr(message, said) == NULL)
        CHECK_TEXT(message, said);
}

/* Ten seconds to connect are shared by two addresses where each waits for the one before: five were lost. */
static void a_dead_address_costs_a_moment_once_and_then_nothing(void)
{
    static const struct address DEAD_ONES[] = { { AF_INET6, DEAD }, { AF_INET, DEAD } };
    for (int i = 0; i < 2; i++) {
        rtk_client *client = client_within(10000);
        NAME_HAS(DEAD_ONES[i], V4_ALIVE);
        double began = seconds_now();
        works(client, 2.5);
        CHECK(seconds_now() - began > 0.2);
        CHECK_TEXT(tried_now(), "0 1");
        began = seconds_now();
        for (int call = 0; call < 8; call++)
            works(client, 2.5);
        CHECK(seconds_now() - began < 8 * 0.2);
        CHECK_TEXT(tried_now(), "1 1 1 1 1 1 1 1");

        /* A client of the same settings knows it; one with settings of its own finds it out. */
        rtk_client *another = GARBAGE;
        rtk_error *err = GARBAGE;
        CHECK_OK(rtk_client_another(client, &another, &err), err);
        works(another, 2.5);
        CHECK_TEXT(tried_now(), "1");
        rtk_client_free(another);
        rtk_client_free(client);
        client = client_within(10000);
        works(client, 2.5);
        CHECK_TEXT(tried_now(), "0 1");
        rtk_client_free(client);
    }
}

static void a_dead_address_behind_a_living_one_is_never_tried(void)
{
    rtk_client *client = client_within(10000);
    NAME_HAS(V4_ALIVE, V6_DEAD);
    for (int call = 0; call < 3; call++)
        works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 0 0");
    rtk_client_free(client);
}

static void an_address_that_fails_costs_nothing(void)
{
    static const struct address FAILING[] = { { AF_INET6, REFUSING }, { AF_INET6, UNREACHABLE } };
    for (int i = 0; i < 2; i++) {
        NAME_HAS(FAILING[i], FAILING[i], V4_ALIVE);
        double began = seconds_now();
        for (int round = 0; round < 20; round++) {
            rtk_client *client = client_within(10000);
            works(client, 2.5);
            CHECK_TEXT(tried_now(), "0 2");
            rtk_client_free(client);
        }
        /* Less than the head start that each attempt has. */
        CHECK(seconds_now() - began < 20 * 0.2);
    }
    /* Nor where others are on their way: nine times 250 ms would be more. */
    rtk_client *client = client_within(10000);
    NAME_HAS(V6_DEAD, V4_REFUSING, V6_REFUSING, V4_REFUSING, V6_REFUSING, V4_REFUSING, V6_REFUSING, V4_REFUSING,
             V6_REFUSING, V4_ALIVE);
    works(client, 2);
    CHECK_TEXT(tried_now(), "0 1 2 3 4 5 6 7 8 9");
    rtk_client_free(client);
}

static void a_family_that_is_dead_as_a_whole_costs_no_more_than_one_address(void)
{
    names_count = 0;
    for (int i = 0; i < 20; i++)
        add_name(V6_DEAD);
    add_name(V4_DEAD);
    add_name(V4_ALIVE);
    rtk_client *client = client_within(10000);
    works(client, 4);
    CHECK_TEXT(tried_now(), "0 20 1 21");
    works(client, 4);
    CHECK_TEXT(tried_now(), "21");
    rtk_client_free(client);
}

static void an_address_that_won_and_fails_later_is_made_up_for_by_the_others(void)
{
    rtk_client *client = client_within(10000);
    NAME_HAS(V6_DEAD, V4_ALIVE, V6_ALIVE);
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 1");
    what_is_at[0] = ALIVE;
    what_is_at[1] = REFUSING;
    double began = seconds_now();
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "1 0");
    what_is_at[1] = DEAD;
    for (int call = 0; call < 5; call++)
        works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 0 0 0 0");
    CHECK(seconds_now() - began < 6 * 0.2);
    what_is_at[0] = DEAD;
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 1 2");
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "2");
    /* And one that the name does not have any more is not tried. */
    NAME_HAS(V4_DEAD, V6_ALIVE);
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 1");
    rtk_client_free(client);
}

static void after_ten_minutes_the_order_of_the_system_counts_again(void)
{
    rtk_client *client = client_within(10000);
    NAME_HAS(V6_DEAD, V4_ALIVE);
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "0 1");
    what_is_at[0] = ALIVE;
    clock_ahead_seconds += 9 * 60;
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "1");
    clock_ahead_seconds += 2 * 60;
    works(client, 2.5);
    CHECK_TEXT(tried_now(), "0");
    rtk_client_free(client);
}

/* Seven times 250 ms would be too late. */
static void a_short_limit_is_shared_by_the_addresses(void)
{
    rtk_client *client = client_within(1700);
    NAME_HAS(V6_DEAD, V4_DEAD, V6_DEAD, V4_DEAD, V6_DEAD, V4_DEAD, V6_DEAD, V4_ALIVE);
    works(client, 4);
    CHECK_TEXT(tried_now(), "0 1 2 3 4 5 6 7");
    rtk_client_free(client);
}

static void attempts_that_all_fail_late_are_not_waited_for_any_longer(void)
{
    rtk_client *client = client_within(30000);
    NAME_HAS(V6_FAILING_LATE, V4_REFUSING, V4_FAILING_LATE);
    double began = seconds_now();
    fails(client, RTK_STATUS_CONNECTION, "Connection refused");
    CHECK(seconds_now() - began < 10);
    CHECK_TEXT(tried_now(), "0 1 2");
    rtk_client_free(client);
}

static void what_is_told_where_all_fail_is_what_tells_most(void)
{
    static const struct {
        struct address addresses[2];
        rtk_status status;
        const char *said;
    } CASES[] = {
        { { { AF_INET6, DEAD }, { AF_INET, DEAD } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET6, REFUSING }, { AF_INET, DEAD } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, DEAD }, { AF_INET, REFUSING } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, REFUSING } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET, REFUSING }, { AF_INET6, UNREACHABLE } }, RTK_STATUS_CONNECTION, "Connection refused" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, DEAD } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET, DEAD }, { AF_INET6, UNREACHABLE } }, RTK_STATUS_TIMEOUT, " within 0.6 s" },
        { { { AF_INET6, UNREACHABLE }, { AF_INET, UNREACHABLE } }, RTK_STATUS_CONNECTION, "Network is unreachable" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        rtk_client *client = client_within(600);
        name_has(2, CASES[i].addresses);
        double began = seconds_now();
        fails(client, CASES[i].status, CASES[i].said);
        CHECK(seconds_now() - began < 5);
        CHECK_TEXT(tried_now(), "0 1");
        rtk_client_free(client);
    }
}

static void *shut_down_later(void *client)
{
    pause_us(600000);
    rtk_client_shutdown(client);
    return NULL;
}

/* When two attempts are on their way. */
static void a_shutdown_ends_every_attempt(void)
{
    rtk_client *client = client_within(30000);
    NAME_HAS(V6_DEAD, V4_DEAD);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, shut_down_later, client) == 0);
    double began = seconds_now();
    char message[400];
    CHECK_STATUS(ask(client, message, sizeof message), RTK_STATUS_CANCELLED);
    CHECK(seconds_now() - began < 10);
    CHECK_TEXT(tried_now(), "0 1");
    CHECK(pthread_join(thread, NULL) == 0);
    rtk_client_free(client);
}

/* It refuses to open a tunnel. */
static void a_proxy_with_a_dead_address_costs_a_moment_once_as_well(void)
{
    char url[100];
    snprintf(url, sizeof url, "http://proxy.invalid:%d", port);
    rtk_config *config = config_for("https://participants.invalid");
    CHECK_STATUS(rtk_config_set_connect_timeout_ms(config, 10000), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_proxy(config, url), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    NAME_HAS(V6_DEAD, V4_ALIVE);
    double began = seconds_now();
    fails(client, RTK_STATUS_CONNECTION, "HTTP 403");
    CHECK_TEXT(tried_now(), "0 1");
    fails(client, RTK_STATUS_CONNECTION, "HTTP 403");
    CHECK_TEXT(tried_now(), "1");
    CHECK(seconds_now() - began < 4);
    rtk_client_free(client);
}

static void no_thread_is_started_for_it(void)
{
    rtk_client *client = client_within(10000);
    NAME_HAS(V6_DEAD, V4_DEAD, V6_REFUSING, V4_REFUSING, V4_ALIVE);
    threads_started = 0;
    works(client, 4);
    /* The look-up's. */
    CHECK_NUMBER(threads_started, 1);
    tried_now();
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    port = (uint16_t)atoi(argv[1]);
    int descriptors = descriptors_now();
    a_dead_address_costs_a_moment_once_and_then_nothing();
    a_dead_address_behind_a_living_one_is_never_tried();
    an_address_that_fails_costs_nothing();
    a_family_that_is_dead_as_a_whole_costs_no_more_than_one_address();
    an_address_that_won_and_fails_later_is_made_up_for_by_the_others();
    after_ten_minutes_the_order_of_the_system_counts_again();
    a_short_limit_is_shared_by_the_addresses();
    attempts_that_all_fail_late_are_not_waited_for_any_longer();
    what_is_told_where_all_fail_is_what_tells_most();
    a_shutdown_ends_every_attempt();
    a_proxy_with_a_dead_address_costs_a_moment_once_as_well();
    no_thread_is_started_for_it();
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
    return 0;
}
