/*
 * Usage: interrupted COUNT GOOD_URL SLOW_URL LOCALHOST_URL UNAVAILABLE_URL STALLING_URL REFUSING_URL. Every few
 * milliseconds, all threads of the process get a signal that makes system calls fail with EINTR. It must not change the
 * results of calls.
 */
#define _DEFAULT_SOURCE

#include "process.h"
#include "ways.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

static volatile sig_atomic_t interruptions;
static pthread_mutex_t over_lock = PTHREAD_MUTEX_INITIALIZER;
static int over;

static void count_interruption(int signal)
{
    (void)signal;
    interruptions++;
}

/* Sends the signal to all other threads, until `over` is set. */
static void *interrupt_all(void *unused)
{
    (void)unused;
    long self = syscall(SYS_gettid);
    for (int ends = 0; !ends;) {
        DIR *tasks = opendir("/proc/self/task");
        CHECK(tasks != NULL);
        for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
            long thread = atol(task->d_name);
            if (thread > 0 && thread != self)
                syscall(SYS_tgkill, (long)getpid(), thread, (long)SIGUSR1);
        }
        closedir(tasks);
        pause_us(2000);
        pthread_mutex_lock(&over_lock);
        ends = over;
        pthread_mutex_unlock(&over_lock);
    }
    return NULL;
}

/* Makes every call, which must return `with`, and take at least `at_least` seconds. */
static void check_all(const char *url, uint32_t retries, uint64_t timeout_ms, rtk_status with, double at_least)
{
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_per_page(config, PER_PAGE), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, retries), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, timeout_ms), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    for (size_t way = 0; way < WAYS_COUNT; way++) {
        double began = seconds_now();
        rtk_error *err = GARBAGE;
        rtk_status status = WAYS[way](client, &err);
        if (status != with)
            fprintf(stderr, "%s: %s\n", url, err == NULL ? "no error" : rtk_error_message(err));
        CHECK_STATUS(status, with);
        CHECK(seconds_now() - began >= at_least);
        rtk_error_free(err);
    }
    rtk_client_free(client);
}

int main(int argc, char **argv)
{
    CHECK(argc == 8);
    count = (unsigned)atoi(argv[1]);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_interruption; /* without SA_RESTART */
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, interrupt_all, NULL) == 0);

    for (int i = 0; i < 10; i++)
        check_all(argv[2], 0, 60000, RTK_STATUS_OK, 0);
    check_all(argv[3], 0, 60000, RTK_STATUS_OK, 0.04); /* a response comes in five parts */
    check_all(argv[4], 0, 60000, RTK_STATUS_OK, 0);
    check_all(argv[5], 1, 60000, RTK_STATUS_SERVER, 0.3); /* waits 0.5 s before the retry, minus up to a quarter */
    check_all(argv[6], 0, 200, RTK_STATUS_TIMEOUT, 0.18);
    check_all(argv[7], 0, 60000, RTK_STATUS_CONNECTION, 0);

    pthread_mutex_lock(&over_lock);
    over = 1;
    pthread_mutex_unlock(&over_lock);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(interruptions > 100);
    printf("interruptions %d\n", (int)interruptions);
    return 0;
}
