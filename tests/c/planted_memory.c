/*
 * Usage: planted_memory FAULT BASE_URL. A deliberate fault, which AddressSanitizer or LeakSanitizer must find:
 *
 *   text    reads a participant's text after its list was freed;
 *   handle  passes a freed list to the library, whose code then reads freed memory;
 *   leak    does not free clients.
 */
#include "check.h"

#define CLIENTS 8

int main(int argc, char **argv)
{
    rtk_participants *list = NULL;
    rtk_error *err = NULL;

    CHECK(argc == 3);
    rtk_client *client = client_for(argv[2]);
    CHECK_OK(rtk_get_participants(client, "account", APP, MEETING, &list, &err), err);
    const char *id = rtk_participant_id(rtk_participants_at(list, 0));
    CHECK(id[0] != '\0');
    rtk_participants_free(list);
    rtk_client_free(client);

    if (strcmp(argv[1], "text") == 0)
        return id[0] == '\0';
    if (strcmp(argv[1], "handle") == 0)
        return rtk_participants_count(list) == 0;
    for (int i = 0; i < CLIENTS; i++) {
        client = client_for(argv[2]);
        client = NULL;
    }
    return client != NULL;
}
