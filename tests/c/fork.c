/*
 * Usage: fork BASE_URL. A child uses the client of its parent, who has connections open by then. The service puts the number of the
 * connection that it was asked on into the custom id.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long connection(const rtk_client *client)
{
    rtk_participants *page = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_get_participants_page(client, "account", APP, MEETING, 1, 10, &page, &err), err);
    unsigned long number = strtoul(rtk_participant_custom_participant_id(rtk_participants_at(page, 0)), NULL, 10);
    rtk_participants_free(page);
    return number;
}

static void finish_iteration(rtk_iter *iter)
{
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    CHECK_STATUS(rtk_iter_next(iter, &participant, &err), RTK_STATUS_DONE);
    rtk_iter_free(iter);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    rtk_client *client = client_for(argv[1]);
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, &err), err);
    unsigned long before = connection(client);
    CHECK(connection(client) == before);

    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        unsigned long own = connection(client);
        CHECK(own != before);
        CHECK(connection(client) == own);
        finish_iteration(iter);
        rtk_client_free(client);
        return 0;
    }
    CHECK(connection(client) == before);
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(connection(client) == before);
    finish_iteration(iter);
    rtk_client_free(client);
    return 0;
}
