// Deliberate faults, which the sanitizers must find.
#ifndef FAULTS_HPP
#define FAULTS_HPP

#include "check.hpp"

#include <climits>

// Does not free an error.
inline void fault_leak() {
    rtk_participants *list = nullptr;
    const rtk_client *client = nullptr;
    rtk_error *error = nullptr;
    rtk_get_participants(client, account_id.c_str(), app_id.c_str(), meeting_id.c_str(), &list, &error);
    CHECK(error != nullptr);
    error = nullptr;
}

// Reads a text after its list was freed.
inline void fault_dangling() {
    std::string_view id;
    {
        const rtk::Participants list = everyone(rtk::Client(settings()));
        id = list[0].id();
    }
    std::cout << std::string(id) << '\n';
}

// Overflows a signed integer.
inline void fault_undefined() {
    volatile int largest = INT_MAX;
    largest = largest + 1;
    std::cout << largest << '\n';
}

#endif
