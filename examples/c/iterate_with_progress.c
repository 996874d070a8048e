/*
 * Prints the ids of everyone who was added to a RealtimeKit meeting, one a line, and a progress bar on stderr.
 *
 *     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
 *     ./iterate_with_progress >ids
 */
#include <inttypes.h>
#include <participants.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns an environment variable, or exits if it is not set. */
static const char *required(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "%s is not set\n", name);
        exit(EXIT_FAILURE);
    }
    return value;
}

/* Draws the bar over the last one. A list may grow or shrink while it is read, so there may be more than `total`. */
static void draw(uint64_t read, uint64_t total)
{
    static const char full[] = "########################################";
    const int width = (int)sizeof full - 1;
    int filled = 0;
    if (total > 0)
        filled = (int)((uint64_t)width * (read < total ? read : total) / total);
    fprintf(stderr, "[%.*s%*s] %" PRIu64 "/%" PRIu64 "\r", filled, full, width - filled, "", read, total);
}

int main(void)
{
    const char *account_id = required("CLOUDFLARE_ACCOUNT_ID");
    const char *app_id = required("REALTIMEKIT_APP_ID");
    const char *meeting_id = required("MEETING_ID");

    rtk_client *client = NULL;
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    uint64_t read = 0;
    rtk_status status = rtk_client_new(NULL, &client, &err); /* NULL: all settings come from the environment */
    if (status == RTK_STATUS_OK)
        status = rtk_iter_participants(client, account_id, app_id, meeting_id, &iter, &err);
    while (status == RTK_STATUS_OK && (status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK) {
        puts(rtk_participant_id(participant));
        if (++read % 100 == 0)
            draw(read, rtk_iter_total_count(iter));
    }

    if (status == RTK_STATUS_DONE) {
        draw(read, rtk_iter_total_count(iter));
        fputs(rtk_iter_is_complete(iter) ? "\n" : "\nperhaps not everyone\n", stderr);
    } else {
        fprintf(stderr, "%s\n", rtk_error_message(err));
    }

    /* Each may be NULL here: then its _free function is a no-op. */
    rtk_iter_free(iter);
    rtk_error_free(err);
    rtk_client_free(client);
    return status == RTK_STATUS_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
