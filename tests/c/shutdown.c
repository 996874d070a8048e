/*
 * Usage: shutdown BASE_URL COUNT ROUNDS. In every round three threads ask a service that has COUNT participants, each in its way, again and
 * again, until the client is shut down at a random moment. Every call ends in a true list or CANCELLED, and soon; nothing is left.
 * Prints a line of `rounds ROUNDS lists LISTS cancelled CALLS slowest MICROSECONDS growth KIB`.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <pthread.h>

#define THREADS 3

/* How long after a shutdown a call may end, in seconds: the promise is one, for a machine that has time. */
#define SOON 10

struct worker {
    const rtk_client *client;
    rtk_status (*ask)(const rtk_client *, rtk_error **);
    long lists;
};

static void *ask_until_the_end(void *context)
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

/* A number below `limit`, the same in each run. */
static unsigned draw(unsigned limit)
{
    static unsigned state = 1;
    state = state * 1103515245u + 12345u;
    return state / 65536u % limit;
}

/* Gives how long the calls took to end. */
static double play(const rtk_client *client, struct worker *workers)
{
    pthread_t threads[THREADS], other;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, ask_until_the_end, &workers[i]) == 0);
    /* The first moments are the more interesting ones. */
    pause_us((long)(draw(2) == 0 ? draw(500) : draw(10000)));
    int twice = draw(10) == 0;
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
        alarm(60); /* a call that hangs is a failure, too */
        rtk_config *config = config_for(argv[1]);
        CHECK_STATUS(rtk_config_set_per_page(config, PER_PAGE), RTK_STATUS_OK);
        rtk_client *client = client_with(config);
        struct worker workers[THREADS];
        for (int i = 0; i < THREADS; i++) {
            struct worker worker = { client, WAYS[(round + i) % WAYS_COUNT], 0 };
            workers[i] = worker;
        }
        double took = play(client, workers);
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
    printf("rounds %ld lists %ld cancelled %ld slowest %.0f growth %ld\n", rounds, lists, rounds * THREADS, slowest * 1e6, growth);
    return 0;
}
