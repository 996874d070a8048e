/* This library through its C interface: ours BASE_URL PER_PAGE CONNECTIONS ROUNDS MODE, where MODE is all, page, iter or json. */
#include <participants.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353", *APP = "my-app", *MEETING = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

static void must(rtk_status status, rtk_error *err) {
    if (status != RTK_STATUS_OK) {
        fprintf(stderr, "%s\n", err ? rtk_error_message(err) : rtk_status_name(status));
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    const char *mode = argv[5];
    size_t count = 0;
    rtk_error *err = NULL;
    rtk_client *client = NULL;
    rtk_config *config = rtk_config_new();
    must(rtk_config_set_api_token(config, "token-0123456789"), NULL);
    must(rtk_config_set_base_url(config, argv[1]), NULL);
    must(rtk_config_set_per_page(config, (uint32_t)atoi(argv[2])), NULL);
    must(rtk_config_set_max_connections(config, (uint32_t)atoi(argv[3])), NULL);
    must(rtk_config_set_proxy(config, ""), NULL);
    must(rtk_client_new(config, &client, &err), err);
    rtk_config_free(config);
    for (int round = atoi(argv[4]); round > 0; round--) {
        if (strcmp(mode, "iter") == 0) {
            rtk_iter *iter = NULL;
            const rtk_participant *participant = NULL;
            rtk_status status;
            must(rtk_iter_participants(client, ACCOUNT, APP, MEETING, &iter, &err), err);
            for (count = 0; (status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK;) count += *rtk_participant_id(participant) != 0;
            must(status == RTK_STATUS_DONE ? RTK_STATUS_OK : status, err);
            rtk_iter_free(iter);
        } else if (strcmp(mode, "json") == 0) {
            char *json = NULL;
            must(rtk_get_participants_json(client, ACCOUNT, APP, MEETING, &json, &err), err);
            count = strlen(json);
            rtk_string_free(json);
        } else {
            rtk_participants *all = NULL;
            must(strcmp(mode, "page") == 0 ? rtk_get_participants_page(client, ACCOUNT, APP, MEETING, 1, atoi(argv[2]), &all, &err)
                                            : rtk_get_participants(client, ACCOUNT, APP, MEETING, &all, &err),
                 err);
            count = 0;
            for (size_t i = 0; i < rtk_participants_count(all); i++) count += *rtk_participant_id(rtk_participants_at(all, i)) != 0;
            rtk_participants_free(all);
        }
    }
    fprintf(stderr, "%zu\n", count);
    rtk_client_free(client);
    return 0;
}
