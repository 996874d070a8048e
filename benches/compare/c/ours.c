/* This library through its C interface:
 * ours BASE_URL PER_PAGE ROUNDS all|page|iter|json [CONNECTIONS], or ours version. */
#include <participants.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";
static const char *APP = "14a396e7-ca44-4937-bf1f-050a69118543";
static const char *MEETING = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

static void must(rtk_status status, rtk_error *err) {
    if (status != RTK_STATUS_OK) {
        fprintf(stderr, "%s\n", err ? rtk_error_message(err) : rtk_status_name(status));
        exit(1);
    }
}

static size_t walk(const rtk_client *client) {
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    rtk_status status;
    size_t count = 0;
    must(rtk_iter_participants(client, ACCOUNT, APP, MEETING, &iter, &err), err);
    while ((status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK)
        count += *rtk_participant_id(participant) != 0;
    if (status != RTK_STATUS_DONE) must(status, err);
    rtk_iter_free(iter);
    return count;
}

static size_t json(const rtk_client *client) {
    char *text = NULL, *total;
    rtk_error *err = NULL;
    must(rtk_get_participants_json(client, ACCOUNT, APP, MEETING, &text, &err), err);
    size_t length = strlen(text), tail = length < 100 ? length : 100; /* the paging comes last */
    total = strstr(text + length - tail, "\"total_count\":");
    size_t count = total ? (size_t)atol(total + 14) : 0;
    rtk_string_free(text);
    return count;
}

static size_t list(const rtk_client *client, int64_t page_of) {
    rtk_participants *all = NULL;
    rtk_error *err = NULL;
    size_t count = 0;
    must(page_of ? rtk_get_participants_page(client, ACCOUNT, APP, MEETING, 1, page_of, &all, &err)
                 : rtk_get_participants(client, ACCOUNT, APP, MEETING, &all, &err),
         err);
    for (size_t i = 0; i < rtk_participants_count(all); i++)
        count += *rtk_participant_id(rtk_participants_at(all, i)) != 0;
    rtk_participants_free(all);
    return count;
}

int main(int argc, char **argv) {
    if (argc == 2) return puts(rtk_version()) < 0;
    if (argc < 5) return 2;
    uint32_t per_page = (uint32_t)atoi(argv[2]);
    const char *mode = argv[4];
    size_t count = 0;
    rtk_error *err = NULL;
    rtk_client *client = NULL;
    rtk_config *config = rtk_config_new();
    must(rtk_config_set_api_token(config, "token-0123456789"), NULL);
    must(rtk_config_set_base_url(config, argv[1]), NULL);
    must(rtk_config_set_per_page(config, per_page), NULL);
    if (argc > 5) must(rtk_config_set_max_connections(config, (uint32_t)atoi(argv[5])), NULL);
    must(rtk_config_set_proxy(config, ""), NULL);
    must(rtk_client_new(config, &client, &err), err);
    rtk_config_free(config);
    for (int round = atoi(argv[3]); round > 0; round--)
        count = strcmp(mode, "iter") == 0   ? walk(client)
                : strcmp(mode, "json") == 0 ? json(client)
                                            : list(client, strcmp(mode, "page") == 0 ? per_page : 0);
    printf("%zu\n", count);
    rtk_client_free(client);
    return 0;
}
