/*
 * Log functions and log queues. The service answers "texts" at once, "retried" after two 503s, "pages" with several
 * pages, and "limited-for-a-while" with a 429.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#ifndef _WIN32
#include "process.h"
#endif

#include <pthread.h>

#define LINES 100

struct log {
    pthread_mutex_t lock;
    int count;
    int32_t levels[LINES];
    char lines[LINES][512];
    const rtk_client *shut_down; /* shut down by the first line, if not NULL */
};

static void record(void *user_data, int32_t level, const char *message)
{
    struct log *log = user_data;
    CHECK(pthread_mutex_lock(&log->lock) == 0);
    CHECK(log->count < LINES);
    log->levels[log->count] = level;
    snprintf(log->lines[log->count++], sizeof *log->lines, "%s", message);
    CHECK(pthread_mutex_unlock(&log->lock) == 0);
    rtk_client_shutdown(log->shut_down);
}

static struct log *new_log(void)
{
    struct log *log = calloc(1, sizeof *log);
    CHECK(log != NULL && pthread_mutex_init(&log->lock, NULL) == 0);
    return log;
}

static rtk_config *retrying_config(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_max_retries(config, 2), RTK_STATUS_OK);
    return config;
}

static void check_retries(int count, const int32_t *levels, char (*lines)[512])
{
    CHECK_NUMBER(count, 3);
    for (int i = 0; i < count; i++) {
        CHECK_NUMBER(levels[i], i < 2 ? RTK_LOG_WARN : RTK_LOG_DEBUG);
        CHECK(strncmp(lines[i], "meeting " MEETING ": page 1: ", strlen("meeting " MEETING ": page 1: ")) == 0);
        CHECK(strchr(lines[i], '\n') == NULL && strstr(lines[i], "token-of-the-c-programs") == NULL);
    }
    CHECK(strstr(lines[0], "attempt 1 failed") != NULL && strstr(lines[0], "HTTP 503") != NULL);
    CHECK(strstr(lines[1], "attempt 2 failed") != NULL);
    CHECK(strstr(lines[2], "1 of 1 participants in ") != NULL);
}

static void a_function_gets_each_line_of_a_client_and_its_children(const char *base_url)
{
    struct log *log = new_log();
    rtk_config *config = retrying_config(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_log(config, record, log), RTK_STATUS_OK);
    rtk_client *client = client_with(config), *child = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_client_child(client, &child, &err), err);
    check_everyone(child, "retried", 1);
    check_retries(log->count, log->levels, log->lines);
    check_everyone(client, "texts", 3);
    CHECK_NUMBER(log->count, 4);
    char line[512];
    CHECK(!rtk_client_read_log(client, NULL, line, sizeof line)); /* the function replaced the queue */
    rtk_client_free(client);
    rtk_client_free(child);
    free(log);
}

static void lines_of_an_iterators_threads_arrive_until_it_is_freed(const char *base_url)
{
    struct log *log = new_log();
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log(config, record, log), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "pages", APP, MEETING, &iter, &err), err);
    rtk_client_free(client);
    int given = 0;
    while (rtk_iter_next(iter, &participant, &err) == RTK_STATUS_OK)
        given++;
    CHECK_NUMBER(given, 5);
    CHECK(rtk_iter_is_complete(iter));
    rtk_iter_free(iter);
    CHECK_NUMBER(log->count, 3);
    free(log);
}

static void null_means_nobody(const char *base_url)
{
    struct log *log = new_log();
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log(config, record, log), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_log(config, NULL, log), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    check_everyone(client, "texts", 3);
    CHECK_NUMBER(log->count, 0);
    rtk_client_free(client);
    free(log);
}

/* The first line says that the next attempt comes in 60 s. */
static void a_log_function_may_shut_its_client_down(const char *base_url)
{
    struct log *log = new_log();
    rtk_config *config = retrying_config(base_url);
    CHECK_STATUS(rtk_config_set_log(config, record, log), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    log->shut_down = client;
    rtk_participants *list = GARBAGE;
    rtk_error *err = NULL;
    CHECK_STATUS(rtk_get_participants(client, "limited-for-a-while", APP, MEETING, &list, &err),
                 RTK_STATUS_CANCELLED);
    rtk_error_free(err);
    CHECK_NUMBER(log->count, 1);
    rtk_client_free(client);
    free(log);
}

static void a_queue_keeps_the_lines_of_its_client_until_they_are_read(const char *base_url)
{
    rtk_config *config = retrying_config(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    rtk_client *client = client_with(config), *child = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_client_child(client, &child, &err), err);
    check_everyone(child, "retried", 1);
    check_everyone(client, "texts", 3);
    int32_t levels[4] = { 0 };
    char lines[4][512];
    int count = 0;
    while (count < 4 && rtk_client_read_log(child, &levels[count], lines[count], sizeof *lines))
        count++;
    check_retries(count, levels, lines);
    CHECK_NUMBER(levels[3], 0);
    CHECK_TEXT(lines[3], "");
    CHECK(rtk_client_read_log(client, &levels[0], lines[0], sizeof *lines)); /* the parent's own line */
    CHECK(strstr(lines[0], "3 of 3 participants") != NULL);
    CHECK(!rtk_client_read_log(client, &levels[0], lines[0], sizeof *lines));
    rtk_client_free(client);
    rtk_client_free(child);
}

static void a_line_is_truncated_to_the_buffer(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    check_everyone(client, "texts", 3);
    char line[8] = "unread";
    int32_t level = 7;
    CHECK(!rtk_client_read_log(client, &level, line, 0));
    CHECK(!rtk_client_read_log(client, &level, NULL, sizeof line));
    CHECK(!rtk_client_read_log(NULL, &level, line, sizeof line));
    CHECK_NUMBER(level, 0);
    CHECK(rtk_client_read_log(client, NULL, line, sizeof line));
    CHECK_TEXT(line, "meeting");
    CHECK(!rtk_client_read_log(client, NULL, line, sizeof line));
    rtk_client_free(client);
}

static void a_full_queue_says_how_many_lines_were_lost(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 2), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    for (int i = 0; i < 5; i++)
        check_everyone(client, "texts", 3);
    char line[512];
    int32_t level = 0;
    for (int i = 0; i < 2; i++) {
        CHECK(rtk_client_read_log(client, &level, line, sizeof line));
        CHECK_NUMBER(level, RTK_LOG_DEBUG);
    }
    CHECK(rtk_client_read_log(client, &level, line, sizeof line));
    CHECK_NUMBER(level, RTK_LOG_WARN);
    CHECK_TEXT(line, "3 log lines were lost: the queue was full");
    CHECK(!rtk_client_read_log(client, &level, line, sizeof line));
    check_everyone(client, "texts", 3);
    CHECK(rtk_client_read_log(client, &level, line, sizeof line));
    CHECK_NUMBER(level, RTK_LOG_DEBUG);
    rtk_client_free(client);
}

#ifndef _WIN32
static void lines_from_before_a_fork_are_for_the_parent_only(const char *base_url)
{
    rtk_config *config = config_for(base_url);
    CHECK_STATUS(rtk_config_set_log_queue(config, 10), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    check_everyone(client, "texts", 3);
    pid_t child = fork_child();
    if (child == 0) {
        char line[512];
        CHECK(!rtk_client_read_log(client, NULL, line, sizeof line));
        check_everyone(client, "texts", 3);
        check_only_line(client);
        rtk_client_free(client);
        end_child();
    }
    await_child(child);
    check_only_line(client);
    rtk_client_free(client);
}
#endif

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    CHECK_STATUS(rtk_config_set_log(NULL, record, NULL), RTK_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(rtk_config_set_log_queue(NULL, 1), RTK_STATUS_INVALID_ARGUMENT);
    a_function_gets_each_line_of_a_client_and_its_children(argv[1]);
    lines_of_an_iterators_threads_arrive_until_it_is_freed(argv[1]);
    null_means_nobody(argv[1]);
    a_log_function_may_shut_its_client_down(argv[1]);
    a_queue_keeps_the_lines_of_its_client_until_they_are_read(argv[1]);
    a_line_is_truncated_to_the_buffer(argv[1]);
    a_full_queue_says_how_many_lines_were_lost(argv[1]);
#ifndef _WIN32
    lines_from_before_a_fork_are_for_the_parent_only(argv[1]);
#endif
    return 0;
}
