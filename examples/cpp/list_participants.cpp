// Everyone in a meeting, as a table. CLOUDFLARE_API_TOKEN, ACCOUNT_ID, APP_ID and MEETING_ID are taken from the environment.
//
//     c++ -std=c++17 list_participants.cpp -o list_participants $(pkg-config --cflags --libs participants)

#include <participants.hpp>

#include <cstdlib>
#include <iomanip>
#include <iostream>

int main() {
    try {
        const rtk::Client client;
        const rtk::Participants everyone =
            client.get_participants(std::getenv("ACCOUNT_ID"), std::getenv("APP_ID"), std::getenv("MEETING_ID"));
        for (const rtk::Participant &participant : everyone) {
            std::cout << participant.id() << "  " << std::left << std::setw(24) << participant.created_at() << "  " << std::setw(24)
                      << participant.name().value_or("-") << "  " << participant.preset_name() << '\n';
        }
        std::cout << everyone.size() << " participants" << (everyone.is_complete() ? "" : ", perhaps not everyone") << '\n';
    } catch (const rtk::Error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
