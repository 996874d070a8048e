/*
 * Usage: faults BASE_URL TIMEOUT_MS DEADLINE_MS MAX_RETRIES. Each line of the standard input is an account id, which
 * chooses a fault of the service.
 *
 * For each account, it gets the list and then iterates, and prints both results: a line `STATUS IS_COMPLETE TOTAL_COUNT
 * MILLISECONDS COUNT` (TOTAL_COUNT is 0 for the iterator), and a line `LENGTH ID` for each participant. It also checks
 * the rules of the header about outputs.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <time.h>

static long long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void print_id(const char *id)
{
    CHECK(id != NULL);
    printf("%zu %s\n", strlen(id), id);
}

static void print_failure(rtk_status status, rtk_error *err, long long began)
{
    CHECK(err != NULL);
    CHECK_STATUS(rtk_error_status(err), status);
    CHECK(rtk_error_message(err) != NULL && strchr(rtk_error_message(err), '\n') == NULL);
    printf("%d 0 0 %lld 0\n", (int)status, milliseconds() - began);
    rtk_error_free(err);
}

static void get_list(const rtk_client *client, const char *account)
{
    rtk_participants *list = GARBAGE;
    rtk_error *err = GARBAGE;
    long long began = milliseconds();
    rtk_status status = rtk_get_participants(client, account, APP, MEETING, &list, &err);
    if (status != RTK_STATUS_OK) {
        CHECK(list == NULL);
        print_failure(status, err, began);
        return;
    }
    CHECK(err == NULL);
    size_t count = rtk_participants_count(list);
    printf("0 %d %llu %lld %zu\n", rtk_participants_is_complete(list),
           (unsigned long long)rtk_participants_total_count(list), milliseconds() - began, count);
    for (size_t i = 0; i < count; i++)
        print_id(rtk_participant_id(rtk_participants_at(list, i)));
    rtk_participants_free(list);
}

static void iterate(const rtk_client *client, const char *account)
{
    static char ids[64][256];
    rtk_iter *iter = GARBAGE;
    rtk_error *err = GARBAGE;
    const rtk_participant *participant = GARBAGE;
    long long began = milliseconds();
    CHECK_OK(rtk_iter_participants(client, account, APP, MEETING, &iter, &err), err);
    size_t count = 0;
    rtk_status status;
    while ((status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK) {
        CHECK(count < sizeof ids / sizeof *ids);
        snprintf(ids[count++], sizeof *ids, "%s", rtk_participant_id(participant));
    }
    CHECK(participant == NULL);
    if (status == RTK_STATUS_DONE) {
        printf("0 %d 0 %lld %zu\n", rtk_iter_is_complete(iter), milliseconds() - began, count);
        for (size_t i = 0; i < count; i++)
            print_id(ids[i]);
    } else {
        CHECK(!rtk_iter_is_complete(iter));
        print_failure(status, err, began);
    }
    rtk_iter_free(iter);
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    rtk_config *config = config_for(argv[1]);
    CHECK_STATUS(rtk_config_set_timeout_ms(config, strtoull(argv[2], NULL, 10)), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_deadline_ms(config, strtoull(argv[3], NULL, 10)), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retries(config, (uint32_t)strtoul(argv[4], NULL, 10)), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_max_retry_wait_ms(config, 0), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_per_page(config, 5), RTK_STATUS_OK);
    rtk_client *client = client_with(config);
    char account[64];
    while (fgets(account, sizeof account, stdin) != NULL) {
        account[strcspn(account, "\n")] = '\0';
        get_list(client, account);
        iterate(client, account);
    }
    rtk_client_free(client);
    return 0;
}
