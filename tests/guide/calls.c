/* Calls the functions of docs/guide.md, which come before this text. The arguments: the three ids, a URL that never
 * answers, and a PEM file. */
#include <assert.h>
#include <pthread.h>

int main(int argc, char **argv) {
    assert(argc == 6);
    const char *account = argv[1], *app = argv[2], *meeting = argv[3];
    rtk_client *client = NULL;
    rtk_participants *everyone = NULL;
    assert(impatient_client(&client, NULL) == RTK_STATUS_OK);
    assert(is_on_list(client, account, app, meeting, "user-41", NULL) == 1);
    assert(is_on_list(client, account, app, meeting, "nobody", NULL) == 0);
    assert(is_on_list(client, account, app, "no-uuid", "nobody", NULL) == -1);
    assert(get_everyone(client, account, app, meeting, &everyone, NULL) == RTK_STATUS_OK);
    assert(rtk_participants_count(everyone) == 342);
    rtk_participants_free(everyone);
    rtk_client_free(client);

    rtk_config *config = rtk_config_new();
    rtk_config_set_base_url(config, argv[4]);
    assert(rtk_client_new(config, &client, NULL) == RTK_STATUS_OK);
    rtk_config_free(config);
    pthread_t thread;
    assert(pthread_create(&thread, NULL, stop_at_enter, client) == 0);
    rtk_status status = rtk_get_participants(client, account, app, meeting, &everyone, NULL);
    assert(status == RTK_STATUS_CANCELLED);
    assert(strcmp(what_to_do(status), "nothing: you ended the call") == 0);
    pthread_join(thread, NULL);
    rtk_client_free(client);

    assert(client_of_the_company("http://127.0.0.1:9", argv[5], &client, NULL) == RTK_STATUS_OK);
    rtk_client_free(client);
    assert(client_that_logs(&client, NULL) == RTK_STATUS_OK);
    assert(rtk_get_participants(client, account, app, meeting, &everyone, NULL) == RTK_STATUS_OK);
    rtk_participants_free(everyone);
    rtk_client_free(client);
    return 0;
}
