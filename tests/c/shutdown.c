/*
 * Usage: shutdown BASE_URL COUNT ROUNDS. In every round, three threads make calls in a loop to a service that has COUNT
 * participants, until the client is shut down at a random moment. Every call must return a correct list, or
 * RTK_STATUS_CANCELLED soon after the shutdown; nothing may leak.
 *
 * Prints a line `rounds ROUNDS lists LISTS cancelled CALLS slowest MICROSECONDS growth KIB`.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <pthread.h>

#define THREADS 3

/* The limit in seconds for the end of a call after the shutdown. One is promised; a busy machine may need more. */
#define SOON 10

struct worker {
    const rtk_client *client;
    rtk_status (*ask)(const rtk_client *, rtk_error **);
    long lists;
};

static void *call_until_shutdown(void *context)
{
    struct worker *worker = context;
    rtk_error *err = GARBAGE;
    rtk_status status;
    while ((status = worker->ask(worker->client, &err)) == RTK_STATUS_OK) {
        CHECK(err == NULL);
        worker->lists++;
    }
    CHECK_STATUS(status, RTK_STATUS_CANCELLED);
    CHECK_STATUS(rtk_error_status(err), RTK_STATUS_CANCELLED);
    rtk_error_free(err);
    return NULL;
}

static void *shut_down(void *client)
{
    rtk_client_shutdown(client);
    return NULL;
}

/* Returns a pseudo-random number below `limit`. The sequence is the same in each run. */
static unsigned random_below(unsigned limit)
{
    static unsigned state = 1;
    state = state * 1103515245u + 12345u;
    return state / 65536u % limit;
}

/* Returns how many seconds the calls took to end. */
static double run_round(const rtk_client *client, struct worker *workers)
{
    pthread_t threads[THREADS], other;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_until_shutdown, &workers[i]) == 0);
    /* Half of the shutdowns come early, when connections are made. */
    pause_us((long)(random_below(2) == 0 ? random_below(500) : random_below(10000)));
    int twice = random_below(10) == 0;
    if (twice)
        CHECK(pthread_create(&other, NULL, shut_down, (void *)client) == 0);
    double began = seconds_now();
    rtk_client_shutdown(client);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    double took = seconds_now() - began;
    if (twice)
        CHECK(pthread_join(other, NULL) == 0);
    return took;
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    count = (unsigned)atoi(argv[2]);
    long rounds = atol(argv[3]), lists = 0, allocated = 0;
    double slowest = 0;
    int descriptors = descriptors_now();
    for (long round = 0; round < rounds; round++) {
        alarm(60); /* so that a call that hangs fails the test */
        rtk_config *config = config_for(argv[1]);
        CHECK_STATUS(rtk_config_set_per_page(config, PER_PAGE), RTK_STATUS_OK);
        rtk_client *client = client_with(config);
        struct worker workers[THREADS];
        for (int i = 0; i < THREADS; i++) {
            struct worker worker = { client, WAYS[(round + i) % WAYS_COUNT], 0 };
            workers[i] = worker;
        }
        double took = run_round(client, workers);
        CHECK(took < SOON);
        slowest = took > slowest ? took : slowest;
        for (int i = 0; i < THREADS; i++) {
            rtk_error *err = GARBAGE;
            CHECK_STATUS(workers[i].ask(client, &err), RTK_STATUS_CANCELLED);
            rtk_error_free(err);
            lists += workers[i].lists;
        }
        rtk_client_free(client);
        if (round == rounds / 10)
            allocated = allocated_kib();
    }
    await_threads(1);
    CHECK_NUMBER(descriptors_now(), descriptors);
    long growth = allocated_kib() - allocated; /* since the first tenth of the rounds */
    printf("rounds %ld lists %ld cancelled %ld slowest %.0f growth %ld\n", rounds, lists, rounds * THREADS,
           slowest * 1e6, growth);
    return 0;
}
