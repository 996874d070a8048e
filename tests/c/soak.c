/*
 * Usage: soak BASE_URL LOCALHOST_URL COUNT THREADS SECONDS PAUSE_MS. Threads share a client and make every call to a
 * faulty service that has COUNT participants. Some calls use a new client, which looks up the name of the service.
 * Every call must return a correct list or an error.
 *
 * Prints lines `sample SECOND RESIDENT_KIB ALLOCATED_KIB DESCRIPTORS THREADS`, lines `status NAME CALLS`, and a line
 * `left KIB` with the memory that was not freed.
 */
#define _POSIX_C_SOURCE 200809L

#include "process.h"
#include "ways.h"

#include <pthread.h>

#define MAX_THREADS 64
#define STATUSES (RTK_STATUS_INTERNAL + 1)
#define SAMPLES 60

/* One of so many calls is made with a new client. */
#define CALLS_PER_NEW_CLIENT 20

static const char *base_url, *localhost_url;
static long pause_ms;
static double end;

struct worker {
    const rtk_client *shared;
    unsigned number;
    long calls[STATUSES];
};

static rtk_client *client_of(const char *url)
{
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_per_page(config, PER_PAGE), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, 1), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(config, 50), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, 500), RTK_STATUS_OK);
    return client_with(config);
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (unsigned turn = worker->number; seconds_now() < end; turn++) {
        rtk_client *own = turn % CALLS_PER_NEW_CLIENT == 0 ? client_of(localhost_url) : NULL;
        rtk_error *err = GARBAGE;
        /* Changes which of the calls uses the new client. */
        size_t way = (turn + turn / CALLS_PER_NEW_CLIENT) % WAYS_COUNT;
        rtk_status status = WAYS[way](own != NULL ? own : worker->shared, &err);
        CHECK((err != NULL) == (status != RTK_STATUS_OK));
        CHECK_STATUS(rtk_error_status(err), status);
        rtk_error_free(err);
        rtk_client_free(own);
        CHECK(status >= 0 && status < STATUSES);
        worker->calls[status]++;
        pause_us(pause_ms * 1000);
    }
    return NULL;
}

static void sample(double began)
{
    printf("sample %.0f %ld %ld %d %d\n", seconds_now() - began, resident_kib(), allocated_kib(), descriptors_now(),
           threads_now());
    fflush(stdout);
}

int main(int argc, char **argv)
{
    CHECK(argc == 7);
    base_url = argv[1];
    localhost_url = argv[2];
    count = (unsigned)atoi(argv[3]);
    int threads = atoi(argv[4]);
    double seconds = atof(argv[5]);
    pause_ms = atol(argv[6]);
    CHECK(threads > 0 && threads <= MAX_THREADS);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    int descriptors = descriptors_now();
    long allocated = allocated_kib();
    double began = seconds_now();
    end = began + seconds;
    rtk_client *client = client_of(base_url);
    static struct worker workers[MAX_THREADS];
    pthread_t handles[MAX_THREADS];
    for (int i = 0; i < threads; i++) {
        workers[i].shared = client;
        workers[i].number = (unsigned)i * 7;
        CHECK(pthread_create(&handles[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < SAMPLES; i++) {
        sample(began);
        double wait = began + seconds * (i + 1) / SAMPLES - seconds_now();
        if (wait > 0)
            pause_us((long)(wait * 1e6));
    }
    for (int i = 0; i < threads; i++)
        CHECK(pthread_join(handles[i], NULL) == 0);
    rtk_client_free(client);
    await_threads(1);
    sample(began);
    CHECK_NUMBER(descriptors_now(), descriptors);
    printf("left %ld\n", allocated_kib() - allocated);
    for (int status = 0; status < STATUSES; status++) {
        long calls = 0;
        for (int i = 0; i < threads; i++)
            calls += workers[i].calls[status];
        printf("status %s %ld\n", rtk_status_name(status), calls);
    }
    return 0;
}
