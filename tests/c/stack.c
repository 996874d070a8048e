/*
 * Usage: stack KIB URL TLS_URL CA_FILE LOCALHOST_URL REFUSING_URL. A thread with a stack of KIB makes every call, by
 * HTTP and by TLS, with deeply nested responses. Below its stack is a guard area. Prints how many KiB of stack it used.
 */
#define _DEFAULT_SOURCE

#include "check.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNTOUCHED 0xA5

struct services {
    const char *urls[4];
    const char *ca_file;
};

/* The accounts of the services: lists and failures. */
static const char *const ACCOUNTS[] = { "plain",        "zipped", "deep", "deeper",
                                        "deep-failure", "chain",  "html", "unavailable" };

static void ask(const rtk_client *client, const char *account)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;
    char *json = NULL;
    rtk_iter *iter = NULL;
    if (rtk_get_participants(client, account, APP, MEETING, &list, &err) == RTK_STATUS_OK) {
        CHECK(rtk_participants_count(list) > 0 && rtk_participants_json(list, NULL) != NULL);
        for (size_t i = 0; i < rtk_participants_count(list); i++)
            CHECK(rtk_participant_created_at_ms(rtk_participants_at(list, i)) != 0);
    } else {
        CHECK(rtk_error_message(err) != NULL);
    }
    rtk_participants_free(list);
    rtk_error_free(err);
    rtk_get_participants_page(client, account, APP, MEETING, 1, 20, &list, &err);
    rtk_participants_free(list);
    rtk_error_free(err);
    rtk_get_participants_json(client, account, APP, MEETING, &json, &err);
    rtk_string_free(json);
    rtk_error_free(err);
    CHECK_OK(rtk_iter_participants(client, account, APP, MEETING, &iter, &err), err);
    const rtk_participant *participant = NULL;
    while (rtk_iter_next(iter, &participant, NULL) == RTK_STATUS_OK)
        CHECK(rtk_participant_id(participant) != NULL);
    rtk_iter_free(iter);
    CHECK_OK(rtk_iter_participants(client, account, APP, MEETING, &iter, &err), err);
    while (rtk_iter_next_page(iter, &list, NULL) == RTK_STATUS_OK)
        rtk_participants_free(list);
    rtk_iter_free(iter);
}

/* Makes every call for every account. With more than one connection, other threads fetch pages too. */
static void ask_all(const char *url, const char *ca_file, uint32_t connections)
{
    rtk_config *config = config_for(url);
    CHECK_STATUS(rtk_config_set_max_connections(config, connections), RTK_STATUS_OK);
    CHECK_STATUS(rtk_config_set_per_page(config, 20), RTK_STATUS_OK);
    if (ca_file != NULL)
        CHECK_STATUS(rtk_config_set_ca_file(config, ca_file), RTK_STATUS_OK);
    rtk_client *client = client_with(config), *child = NULL;
    rtk_error *err = NULL;
    for (size_t i = 0; i < sizeof ACCOUNTS / sizeof *ACCOUNTS; i++)
        ask(client, ACCOUNTS[i]);
    CHECK_OK(rtk_client_child(client, &child, &err), err);
    ask(child, "plain");
    rtk_client_shutdown(child);
    ask(child, "plain");
    rtk_client_free(child);
    rtk_client_free(client);
}

static void *work(void *argument)
{
    const struct services *services = argument;
    for (size_t i = 0; i < sizeof services->urls / sizeof *services->urls; i++) {
        ask_all(services->urls[i], services->ca_file, 1);
        ask_all(services->urls[i], services->ca_file, 4);
    }
    /* A failed TLS handshake, and an invalid setting. */
    ask_all(services->urls[1], NULL, 1);
    rtk_client *client = GARBAGE;
    rtk_error *err = NULL;
    rtk_config *config = config_for("http://example.com");
    CHECK_STATUS(rtk_client_new(config, &client, &err), RTK_STATUS_INVALID_ARGUMENT);
    rtk_error_free(err);
    rtk_config_free(config);
    return NULL;
}

int main(int argc, char **argv)
{
    CHECK(argc == 7);
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = strtoul(argv[1], NULL, 10) * 1024, guard = 64 * page;
    struct services services = { { argv[2], argv[3], argv[5], argv[6] }, argv[4] };
    unsigned char *memory = mmap(NULL, guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && mprotect(memory, guard, PROT_NONE) == 0);
    unsigned char *stack = memory + guard;
    memset(stack, UNTOUCHED, size);
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, size) == 0);
    CHECK(pthread_create(&thread, &attributes, work, &services) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    size_t unused = 0;
    while (unused < size && stack[unused] == UNTOUCHED)
        unused++;
    printf("used %zu of %zu KiB\n", (size - unused + 1023) / 1024, size / 1024);
    return 0;
}
