/*
 * Prints everyone who was added to a RealtimeKit meeting, one participant a line: id, creation time and name, separated
 * by tabs.
 *
 *     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
 *     ./list_participants
 */
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

/* Every text except the id may be NULL. */
static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static void print_everyone(const rtk_participants *everyone)
{
    size_t count = rtk_participants_count(everyone);
    for (size_t i = 0; i < count; i++) {
        const rtk_participant *participant = rtk_participants_at(everyone, i);
        printf("%s\t%s\t%s\n", rtk_participant_id(participant), or_dash(rtk_participant_created_at(participant)),
               or_dash(rtk_participant_name(participant)));
    }
    const char *all = rtk_participants_is_complete(everyone) ? "complete" : "perhaps not everyone";
    printf("%zu participants: %s\n", count, all);
}

static void print_error(const rtk_error *err)
{
    fprintf(stderr, "%s\n", rtk_error_message(err));
    int64_t wait = rtk_error_retry_after_ms(err);
    if (wait >= 0)
        fprintf(stderr, "Retry-After: %.1f seconds\n", (double)wait / 1000);
}

int main(void)
{
    const char *account_id = required("CLOUDFLARE_ACCOUNT_ID");
    const char *app_id = required("REALTIMEKIT_APP_ID");
    const char *meeting_id = required("MEETING_ID");

    rtk_client *client = NULL;
    rtk_participants *everyone = NULL;
    rtk_error *err = NULL;
    rtk_status status = rtk_client_new(NULL, &client, &err); /* NULL: all settings come from the environment */
    if (status == RTK_STATUS_OK)
        status = rtk_get_participants(client, account_id, app_id, meeting_id, &everyone, &err);

    if (status == RTK_STATUS_OK)
        print_everyone(everyone);
    else
        print_error(err);

    /* Each may be NULL here: then its _free function is a no-op. */
    rtk_participants_free(everyone);
    rtk_error_free(err);
    rtk_client_free(client);
    return status == RTK_STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
