/* The participants of the service with troubles: whether what came is what it has. */
#ifndef NUMBERED_H
#define NUMBERED_H

#include "check.h"

static inline void check_participant(const rtk_participant *participant, unsigned number)
{
    char text[64];
    snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", number, number);
    CHECK_TEXT(rtk_participant_id(participant), text);
    snprintf(text, sizeof text, "user-%u", number);
    CHECK_TEXT(rtk_participant_custom_participant_id(participant), text);
    snprintf(text, sizeof text, "Participant %u", number);
    CHECK_TEXT(rtk_participant_name(participant), text);
    CHECK(rtk_participant_created_at_ms(participant) == 1772355600000);
}

/* The participants from `first` on, and no others. */
static inline void check_list(const rtk_participants *list, unsigned first, unsigned count)
{
    CHECK_NUMBER(rtk_participants_count(list), count);
    for (unsigned i = 0; i < count; i++)
        check_participant(rtk_participants_at(list, i), first + i);
}

/* Every participant stands in the text, in its order, and after the last there is none. */
static inline void check_json(const char *json, unsigned count)
{
    char id[64];
    for (unsigned number = 0; number < count; number++) {
        snprintf(id, sizeof id, "{\"id\":\"%08x-0000-4000-8000-%012x\",", number, number);
        json = strstr(json, id);
        CHECK(json != NULL);
        json += strlen(id);
    }
    CHECK(strstr(json, "\"id\"") == NULL);
    snprintf(id, sizeof id, "\"total_count\":%u", count);
    CHECK(strstr(json, id) != NULL);
}

#endif
