// Lists, pages and ranges of participants.
#ifndef LIST_HPP
#define LIST_HPP

#include "check.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

// clang before version 16 cannot compile the views of libstdc++.
#if __cplusplus >= 202002L && !(defined(__clang__) && __clang_major__ < 16)
#define HAS_VIEWS
#include <ranges>
#endif

inline constexpr std::size_t participants = 250;

struct Thrown {};

inline bool has_name(const rtk::Participant &participant) { return participant.name().has_value(); }

inline void a_list_is_a_random_access_range() {
    const rtk::Client client(settings().per_page(40));
    const rtk::Participants list = everyone(client);
    CHECK(list.size() == participants && !list.empty());
    CHECK(list.total_count() == participants && list.start_offset() == 1 && list.end_offset() == participants);
    CHECK(list.is_complete());

    std::size_t index = 0;
    std::set<std::string_view> ids;
    for (const rtk::Participant &participant : list) {
        CHECK(participant.custom_participant_id() == "user-" + std::to_string(index));
        CHECK(list[index].id() == participant.id() && list.at(index).id() == participant.id());
        ids.insert(participant.id());
        ++index;
    }
    CHECK(index == participants && ids.size() == participants);
    bool past_the_end = false;
    try {
        list.at(participants);
    } catch (const std::out_of_range &) {
        past_the_end = true;
    }
    CHECK(past_the_end);

    CHECK(list.end() - list.begin() == std::ptrdiff_t(participants) && list.begin()[7].id() == list[7].id());
    CHECK((list.end() - 1)->id() == list[participants - 1].id() && list.begin() < list.end());
    const auto found =
        std::find_if(list.begin(), list.end(), [](const auto &p) { return p.custom_participant_id() == "user-123"; });
    CHECK(found - list.begin() == 123);
    // The look-alike omits every third name.
    CHECK(std::count_if(list.begin(), list.end(), has_name) == 167);
    const auto after =
        std::lower_bound(list.begin(), list.end(), list[200].id(), [](const auto &p, auto id) { return p.id() < id; });
    CHECK(after == list.begin() + 200);

    std::vector<rtk::Participant> sorted(list.begin(), list.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.id() > b.id(); });
    CHECK(std::equal(sorted.rbegin(), sorted.rend(), list.begin(),
                     [](const auto &a, const auto &b) { return a.id() == b.id(); }));
    const auto longest = std::accumulate(list.begin(), list.end(), std::size_t(0), [](std::size_t size, const auto &p) {
        return std::max(size, p.custom_participant_id()->size());
    });
    CHECK(longest == std::string_view("user-249").size());

#ifdef HAS_VIEWS
    std::size_t named = 0;
    for (std::string_view name :
         list | std::views::filter(has_name) | std::views::transform([](const auto &p) { return *p.name(); }))
        named += name.substr(0, 12) == "Participant " ? 1 : 0;
    CHECK(named == 167);
    CHECK(std::ranges::find_if(list, [](const auto &p) { return p.name() == "Participant 9"; }) == list.begin() + 9);
    CHECK(std::ranges::find(list, list[8]) == list.begin() + 8);
    CHECK(std::ranges::find(list, "user-9", &rtk::Participant::custom_participant_id) == list.begin() + 9);
    CHECK(std::ranges::distance(everyone(client) | std::views::drop(100)) == 150);
#endif

    const std::string_view json = list.to_json();
    CHECK(json.substr(0, 9) == "{\"data\":[" && json.back() == '}' && contains(json, "\"success\":true"));
    CHECK(contains(json, "\"total_count\":250") && contains(json, "\"custom_participant_id\":\"user-249\""));
    CHECK(json.data()[json.size()] == '\0' && json.data() == list.to_json().data());
}

inline void a_page_has_the_requested_participants() {
    const rtk::Client client(settings());
    const auto page = [&](auto... numbers) {
        return client.get_participants_page(account_id, app_id, meeting_id, numbers...);
    };
    CHECK(page().size() == 20);
    const rtk::Participants third = page(3);
    CHECK(third.at(0).custom_participant_id() == "user-40");
    CHECK(page(std::nullopt, 7).size() == 7);
    const rtk::Participants last = page(6, 45);
    CHECK(last.size() == 25 && last[0].custom_participant_id() == "user-225");
    CHECK(last.total_count() == participants && last.start_offset() == 226 && last.end_offset() == participants &&
          !last.is_complete());
    CHECK(page(99, 50).empty());
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, page(-1)).what(), "page_no"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, page(1, UINT64_MAX)).what(), "per_page"));
}

inline void an_empty_meeting_is_empty() {
    const rtk::Client client(settings());
    const rtk::Participants list = everyone(client);
    CHECK(list.empty() && list.size() == 0 && list.begin() == list.end() && list.is_complete() &&
          list.total_count() == 0);
    CHECK(list.to_json() == R"({"data":[],"paging":{"total_count":0,"start_offset":0,"end_offset":0},"success":true})");
    rtk::ParticipantRange range = one_by_one(client);
    CHECK(range.begin() == range.end() && range.is_complete());
}

inline void the_range_gives_everyone_one_by_one() {
    const rtk::Client client(settings().per_page(30));
    const rtk::Participants list = everyone(client);
    rtk::ParticipantRange range = one_by_one(client);
    CHECK(!range.is_complete() && range.total_count() == 0);
    std::size_t index = 0;
    for (const rtk::Participant &participant : range) {
        CHECK(participant.id() == list.at(index).id() && participant.name() == list[index].name());
        CHECK(!range.is_complete() && range.total_count() == participants);
        ++index;
    }
    CHECK(index == participants && range.is_complete() && range.total_count() == participants);
    CHECK(range.begin() == range.end() && range.is_complete());

    rtk::ParticipantRange other = one_by_one(client);
    CHECK(other.begin()->id() == list[0].id() && (*other.begin()).id() == list[0].id());
    CHECK(other.begin() != other.end() && other.end() == rtk::ParticipantRange::iterator());
    auto place = other.begin();
    ++place;
    place++;
    CHECK(place->id() == list[2].id() && place == other.begin());
    place = std::find_if(place, other.end(), [](const auto &p) { return p.custom_participant_id() == "user-77"; });
    CHECK(place != other.end() && place->id() == list[77].id());
    CHECK(std::count_if(place, other.end(), [](const auto &) { return true; }) == 250 - 77);

    // A range that is not walked to its end, and one that is never walked.
    rtk::ParticipantRange unfinished = one_by_one(client);
    CHECK(unfinished.begin()->id() == list[0].id());
    one_by_one(client);

#ifdef HAS_VIEWS
    std::vector<std::string> first;
    for (std::string_view id : one_by_one(client) | std::views::transform(&rtk::Participant::id) | std::views::take(3))
        first.emplace_back(id);
    CHECK(std::ranges::equal(first, list | std::views::take(3), {}, {}, &rtk::Participant::id));

    rtk::ParticipantRange filtered = one_by_one(client);
    std::string names;
    for (std::string_view name : filtered | std::views::filter(has_name) |
                                     std::views::transform([](const auto &p) { return *p.name(); }) |
                                     std::views::take(3))
        names.append(name.substr(name.size() - 1));
    CHECK(names == "013");
    rtk::ParticipantRange searched = one_by_one(client);
    const auto with_id_77 = [](const auto &p) { return p.custom_participant_id() == "user-77"; };
    CHECK(std::ranges::find_if(searched, with_id_77)->id() == list[77].id());
#endif
}

// A temporary list or range lives until the end of the loop over it. Its to_json() returns a string.
inline void a_temporary_can_be_walked() {
    const rtk::Client client(settings());
    std::size_t walked = 0;
    for (const rtk::Participant &participant : everyone(client))
        walked += participant.id().size() == 36 ? 1 : 0;
    for (auto participant : one_by_one(client))
        walked += participant.id().size() == 36 ? 1 : 0;
    CHECK(walked == 2 * participants && everyone(client).size() == participants && !everyone(client).empty());
    auto json = everyone(client).to_json();
    CHECK(json.substr(0, 9) == "{\"data\":[" && contains(json, "user-249") && json.back() == '}');
    const rtk::Config &config = settings().per_page(7).max_retries(1);
    CHECK(everyone(rtk::Client(config)).size() == participants);
}

// The service sends six participants for this case.
inline void texts_and_dates_are_as_sent() {
    using namespace std::chrono;
    const rtk::Client client(settings());
    const rtk::Participants list = everyone(client);
    CHECK(list.size() == 6);

    const rtk::Participant plain = list[0];
    CHECK(plain.id() == "aaaaaaaa-0000-4000-8000-000000000000" && plain.custom_participant_id() == "one" &&
          plain.preset_name() == "host");
    CHECK(plain.name() == "Zoë 🎉" && plain.picture() == "https://example.com/one.png");
    CHECK(plain.created_at() == "2019-12-27T18:11:19.117Z" && plain.updated_at() == "2019-12-27T19:11:19.118+01:00");
    // `date -u -d 2019-12-27T18:11:19Z +%s`
    const system_clock::time_point created = plain.created_at_time().value();
    CHECK(created == system_clock::time_point(milliseconds(1577470279117)));
    CHECK(plain.updated_at_time() == created + milliseconds(1) && system_clock::to_time_t(created) == 1577470279);

    CHECK(list[1].name() == std::nullopt && list[1].picture() == std::nullopt); // missing, null
    CHECK(list[2].name() == "nul\xEF\xBF\xBD" "character" && list[2].picture() == "");
    CHECK(contains(list.to_json(), "nul\\u0000character") && contains(list.to_json(), "\"unknown\":[1,{}]"));

    CHECK(list[1].created_at() == "yesterday" && list[1].created_at_time() == std::nullopt);
    CHECK(list[1].updated_at() == "" && list[1].updated_at_time() == std::nullopt);
    CHECK(list[2].created_at_time() == system_clock::time_point(-milliseconds(500))); // before 1970
    // Go's zero date and a date in the far future: a time point only if the clock can represent it.
    for (const auto &[date, seconds_since_epoch] :
         {std::pair(list[3].created_at_time(), -62135596800), {list[3].updated_at_time(), 253370764800}}) {
        const bool reached =
            duration_cast<seconds>(system_clock::duration::max()).count() > std::abs(seconds_since_epoch);
        CHECK(date.has_value() == reached);
        CHECK(!reached || date->time_since_epoch() == seconds(seconds_since_epoch));
    }
    CHECK(list[3].created_at() == "0001-01-01T00:00:00Z");

    // Every field but the id is missing, or null.
    CHECK(list[4].id() == "eeeeeeee-0000-4000-8000-000000000000" &&
          list[5].id() == "ffffffff-0000-4000-8000-000000000000");
    for (const rtk::Participant &bare : {list[4], list[5]}) {
        CHECK(!bare.custom_participant_id() && !bare.preset_name() && !bare.name() && !bare.picture());
        CHECK(!bare.created_at() && !bare.updated_at() && !bare.created_at_time() && !bare.updated_at_time());
    }
    CHECK(contains(list.to_json(), "{\"id\":\"eeeeeeee-0000-4000-8000-000000000000\"}"));
    CHECK(contains(list.to_json(), "{\"custom_participant_id\":null,"));
}

// The service lists one participant. The account id says which: "1" to "8" differ from "0" in one field each, and
// "same" differs in an unknown field alone.
inline void participants_with_the_same_fields_are_equal() {
    const rtk::Client client(settings());
    const auto ask = [&](const std::string &account) { return client.get_participants(account, app_id, meeting_id); };
    std::vector<rtk::Participants> lists;
    for (int variant = 0; variant <= 8; ++variant)
        lists.push_back(ask(std::to_string(variant)));
    for (const rtk::Participants &a : lists) {
        CHECK(a.size() == 1);
        for (const rtk::Participants &b : lists)
            CHECK((a[0] == b[0]) == (&a == &b) && (a[0] != b[0]) == (&a != &b));
    }
    const rtk::Participants again = ask("0"), same = ask("same");
    CHECK(again[0] == lists[0][0] && same[0] == lists[0][0] && !(same[0] != lists[0][0]));
    CHECK(std::equal(again.begin(), again.end(), same.begin(), same.end()));
    rtk::ParticipantRange range = client.iter_participants("0", app_id, meeting_id);
    CHECK(std::find(range.begin(), range.end(), again[0]) != range.end());
}

inline void lists_and_ranges_outlive_their_client() {
    auto client = std::make_unique<rtk::Client>(settings().per_page(100));
    const rtk::Participants list = everyone(*client);
    rtk::ParticipantRange range = one_by_one(*client);
    CHECK(range.begin()->id() == list[0].id());
    client.reset();
    CHECK(list.at(249).custom_participant_id() == "user-249" && contains(list.to_json(), "user-249"));
    CHECK(std::count_if(range.begin(), range.end(), [](const auto &) { return true; }) == participants);
}

inline void owners_can_be_moved() {
    rtk::Config config = settings();
    rtk::Config &same = config.per_page(50).max_retries(1);
    CHECK(&same == &config);
    rtk::Config kept = std::move(config);
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, rtk::Client(config)); // must not use the environment instead
    config = settings();
    rtk::Client client(kept);
    rtk::Client moved = std::move(client);
    client = rtk::Client(config);
    rtk::Participants list = everyone(moved);
    const rtk::Participant first = list[0];
    const std::string id(first.id());
    rtk::Participants taken = std::move(list);
    CHECK(taken.size() == participants && taken[0].id() == id && first.id().data() == taken[0].id().data());
    list = everyone(client);
    CHECK(list.size() == participants && list.to_json() == taken.to_json());
    rtk::ParticipantRange range = one_by_one(client);
    range = one_by_one(moved);
    rtk::ParticipantRange walked = std::move(range);
    CHECK(std::count_if(walked.begin(), walked.end(), [](const auto &) { return true; }) == participants);
}

inline void exceptions_of_user_code_pass_through() {
    const rtk::Client client(settings().per_page(20));
    int caught = 0;
    try {
        for (const rtk::Participant &participant : everyone(client))
            if (participant.custom_participant_id() == "user-77")
                throw Thrown();
    } catch (const Thrown &) {
        ++caught;
    }
    try {
        for (const rtk::Participant &participant : one_by_one(client))
            if (participant.custom_participant_id() == "user-77")
                throw Thrown();
    } catch (const Thrown &) {
        ++caught;
    }
    try {
        rtk::Participants list = everyone(client);
        std::for_each(list.begin(), list.end(), [](const auto &) { throw Thrown(); });
    } catch (const Thrown &) {
        ++caught;
    }
    try {
        // A setter throws within a chain.
        rtk::Client(settings().user_agent("a").timeout(std::chrono::seconds(-1)).user_agent("b"));
    } catch (const rtk::Error &) {
        ++caught;
    }
    CHECK(caught == 4);
    CHECK(everyone(client).size() == participants);
}

inline void threads_share_a_client() {
    const rtk::Client client(settings().per_page(100));
    const rtk::Participants list = everyone(client);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            CHECK(everyone(client).size() == participants);
            rtk::ParticipantRange range = one_by_one(client);
            CHECK(std::count_if(range.begin(), range.end(), has_name) == 167);
            CHECK(list.to_json().size() > 10000 && list[99].created_at_time().has_value());
        });
    }
    for (std::thread &thread : threads)
        thread.join();
}

#endif
