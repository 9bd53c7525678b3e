-- Workers that share what they know.

local world = require("spec.world")

local NO_GRACE = { grace = 0 }
local NOT_KNOWN_YET = { verdict = "unavailable", reason = "unresolved" }

describe("workers that share memory", function()
    local first, runner

    before_each(function()
        first, runner = world.with_follower({ shared = world.new_dictionary() })
        assert.equal(200, first:status("key-1"))
        assert.equal(200, first:status("jill's"))
    end)

    -- Lets time pass for several workers, the first one first.
    local function advance(seconds, ...)
        for _ = 1, seconds * 20 do
            for _, worker in ipairs({ ... }) do
                worker:advance(0.05)
            end
        end
    end

    local function calls()
        return runner:calls_for("key-1")
    end

    -- Returns the connection by which the newest worker follows.
    local function last_stream()
        return runner.streams[#runner.streams]
    end

    it("know what another one has asked about", function()
        local second = world.with_follower(first)
        assert.equal(200, second:status("key-1"))
        assert.equal(200, second:status("key-1"))
        assert.equal(1, calls())
        assert.equal("jack", second:send({ key = "key-1" }).ctx.consumer_name)
    end)

    it("ask while they do not hear the events", function()
        local second = world.with_keys(first)
        assert.equal(200, second:status("key-1"))
        assert.equal(2, calls())
    end)

    it("ask about each key once in verdict_ttl, all together", function()
        local workers = { first }
        for i = 2, 4 do
            workers[i] = world.with_follower(first)
        end
        for i = 1, 50 do
            runner:accepts("k-" .. i, "jack", "k1")
        end
        local before = #runner.calls
        for _ = 1, 120 do
            for _, worker in ipairs(workers) do
                for i = 1, 50 do
                    assert.equal(200, worker:status("k-" .. i))
                end
            end
            advance(10, unpack(workers))
        end
        local asked = #runner.calls - before
        assert.is_true(asked >= 2 * 50 and asked <= 3 * 50, asked .. " calls in 20 minutes")
    end)

    it("keep no credential in it", function()
        for name, value in pairs(first.shared.values) do
            assert.is_nil(name:find("key-1", 1, true))
            assert.is_nil(tostring(value):find("key-1", 1, true))
        end
    end)

    it("count uses of what another one asked about", function()
        runner.answers["key-2"] = { verdict = "accepted", consumer = "jack", credential = "k2", previous = true }
        assert.equal(200, first:status("key-2"))
        local second = world.with_follower(first)
        assert.equal(200, second:status("key-2"))
        second:advance(1.1)
        assert.same({ ["key jack/k2"] = { 0, 1 } }, runner.uses)
    end)

    describe("while the runner is away,", function()
        it("let a new one pass what is known, for grace since any of them heard the runner", function()
            advance(100, first)
            runner:stop()
            first:settle()
            local second = world.with_keys(first)
            assert.equal(200, second:status("key-1"))
            assert.equal(503, second:status("key-2"))
            assert.equal(503, second:status("key-1", NO_GRACE))
            second:advance(28)
            assert.equal(200, second:status("key-1"))
            second:advance(2.1)
            assert.equal(503, second:status("key-1"))
        end)

        it("let nothing pass that an event ended, whichever of them heard of it", function()
            runner:emit("jack/k1")
            first:settle()
            runner:stop()
            local second = world.with_keys(first)
            assert.equal(503, second:status("key-1"))
            assert.equal(200, second:status("jill's"))
        end)

        it("let nothing pass after the end of everything", function()
            runner:emit_all()
            first:settle()
            runner:stop()
            local second = world.with_keys(first)
            assert.equal(503, second:status("key-1"))
            assert.equal(503, second:status("jill's"))
        end)

        it("let nothing pass of which a mark has vanished", function()
            runner:stop()
            for _, mark in ipairs({ "all", "all:e1", "@jack/k1" }) do
                local kept = first.shared.values[mark]
                assert.is_not_nil(kept, mark)
                first.shared.values[mark] = nil
                assert.equal(503, world.with_keys(first):status("key-1"), mark)
                first.shared.values[mark] = kept
            end
            assert.equal(200, world.with_keys(first):status("key-1"))
        end)

        it("let nothing pass that the next runner refused", function()
            runner:stop()
            first:settle()
            runner:start()
            first:advance(1.1)
            runner.answers["key-1"] = nil
            assert.equal(401, first:status("key-1"))
            runner:stop()
            assert.equal(503, world.with_keys(first):status("key-1"))
        end)

        it("let pass what the next runner does not know yet", function()
            runner:stop()
            first:settle()
            runner:start()
            runner.answers["key-1"] = NOT_KNOWN_YET
            local second = world.with_follower(first)
            assert.equal(200, second:status("key-1"))
        end)
    end)

    it("ask once in all after a restart of the runner", function()
        local second = world.with_follower(first)
        runner:stop()
        first:settle()
        second:settle()
        runner:start()
        advance(1.1, first, second)
        assert.equal(2, #runner.streams)
        assert.equal(200, first:status("key-1"))
        assert.equal(200, second:status("key-1"))
        assert.equal(2, calls())
    end)

    it("go on without it if the secret under which they digest vanishes", function()
        first.shared.values["secret:keys"] = nil
        local second = world.with_follower(first)
        assert.equal(200, second:status("key-1"))
        assert.equal(200, second:status("key-1"))
        assert.equal(200, first:status("key-1"))
        assert.equal(2, calls())
    end)

    for name, gone in pairs({
        ["a runner that cannot decide yet"] = function()
            runner.answers["key-1"] = NOT_KNOWN_YET
        end,
        ["no runner"] = function()
            runner:stop()
        end,
        ["a new runner that cannot decide yet"] = function()
            runner:stop()
            runner:start()
            runner.answers["key-1"] = NOT_KNOWN_YET
        end,
    }) do
        describe("with " .. name .. " use nothing of an event that", function()
            -- Ends the verdict on key-1 while no stream is open.
            local function end_unheard()
                runner:end_streams()
                runner.sequence = runner.sequence + 1
            end

            local function assert_void(...)
                for _, worker in ipairs({ ... }) do
                    assert.equal(503, worker:status("key-1"))
                    worker:advance(0.2)
                    assert.equal(503, worker:status("key-1"))
                end
            end

            it("all of them missed", function()
                local second = world.with_follower(first)
                assert.equal(200, second:status("key-1"))
                end_unheard()
                advance(0.2, first, second)
                assert.equal(2, #runner.streams)
                gone()
                assert_void(first, second, world.with_keys(first))
            end)

            it("one missed, which none of them follows any more", function()
                end_unheard()
                first:advance(0.2)
                gone()
                first:settle()
                assert_void(world.with_keys(first), first)
            end)

            it("an answer tells of", function()
                runner.tells = false
                end_unheard()
                first:settle()
                assert.equal(401, first:status("unknown"))
                gone()
                assert_void(first, world.with_keys(first))
            end)

            it("an answer tells one of that was not greeted before", function()
                runner.tells = false
                end_unheard()
                local second = world.with_keys(first)
                assert.equal(401, second:status("unknown"))
                gone()
                assert_void(second)
            end)

            it("the greeting tells one of that has used it before", function()
                local second = world.with_keys(first)
                runner.mute = true
                second:send({ key = "key-1" })
                second:advance(4)
                first:settle()
                runner.mute = false
                runner:emit("jack/k1")
                first:settle()
                runner:resume()
                second:advance(2)
                gone()
                assert_void(second)
            end)

            it("another one has handled, after it was used", function()
                runner.tells = false
                local second = world.with_keys(first)
                runner.answers["key-1"] = NOT_KNOWN_YET
                assert.equal(200, second:status("key-1"))
                runner:emit("jack/k1")
                first:settle()
                gone()
                assert_void(second)
            end)

            it("is only in the greeting of a new one, while it waits for the others", function()
                runner.streams[1].open = false
                runner.streams = {}
                runner.sequence = runner.sequence + 1
                local second = world.with_keys(first)
                runner.by_hand = true
                second:send({ key = "unknown" })
                second:end_requests()
                second:advance(0.01)
                runner.by_hand = false
                assert.equal(1, #runner.streams)
                gone()
                assert_void(second)
                assert_void(world.with_keys(first))
            end)
        end)
    end

    describe("in a race", function()
        it("do not use what a slow one adds after the event that another one has handled", function()
            local second = world.with_follower(first)
            local behind = runner.streams[1]
            runner.by_hand = true
            local request = first:send({ key = "key-1", conf = { verdict_ttl = 0 } })
            local before = runner:answer_to("key-1")
            runner:emit("jack/k1")
            second:settle()
            local unread = behind.inbox
            behind.inbox = ""
            runner:reply(runner.calls[#runner.calls], before)
            first:settle()
            assert.is_true(request.done)
            runner.by_hand = false
            runner.answers["key-1"] = nil
            assert.equal(401, second:status("key-1"))
            assert.equal(401, world.with_follower(first):status("key-1"))
            behind.inbox = unread
            assert.equal(401, first:status("key-1"))
        end)

        it("do not use what one adds that has not heard of an event that the runner has told a new one", function()
            local behind = runner.streams[1]
            runner:emit("jack/k1")
            local unread = behind.inbox
            behind.inbox = ""
            runner.answers["key-1"] = nil
            local second = world.with_follower(first)
            assert.equal(401, second:status("key-1"))
            assert.equal(200, second:status("jill's"))
            assert.equal(2, runner:calls_for("jill's"))
            behind.inbox = unread
            first:settle()
            assert.equal(401, first:status("key-1"))
            local third = world.with_follower(first)
            assert.equal(200, third:status("jill's"))
            assert.equal(2, runner:calls_for("jill's"))
        end)

        it("void what one has left that ended before it heard of an event", function()
            runner.streams[1].open = false
            table.remove(runner.streams, 1)
            runner:emit("jack/k1")
            runner.answers["key-1"] = nil
            local second = world.with_follower(first)
            second:advance(1.2)
            assert.equal(401, second:status("key-1"))
            assert.equal(200, second:status("jill's"))
            assert.equal(2, runner:calls_for("jill's"))
            runner:stop()
            assert.equal(503, world.with_keys(second):status("key-1"))
        end)

        it("void what they know if all of them lost the stream while an event was under way", function()
            local second = world.with_follower(first)
            runner:end_streams()
            runner.sequence = runner.sequence + 1
            runner.answers["key-1"] = nil
            advance(1.3, first, second)
            assert.equal(2, #runner.streams)
            assert.equal(401, first:status("key-1"))
            assert.equal(401, second:status("key-1"))
            assert.equal(401, world.with_follower(first):status("key-1"))
            assert.equal(200, first:status("jill's"))
            assert.equal(200, second:status("jill's"))
            assert.equal(2, runner:calls_for("jill's"))
        end)

        it("do not take the stream of one runner for that of another", function()
            local second = world.with_follower(first)
            local of_second = last_stream()
            -- Only the second one hears the next runner so far.
            of_second.open = false
            table.remove(runner.streams)
            runner.epoch, runner.sequence = "e2", 0
            second:advance(0.2)
            assert.equal(2, #runner.streams)
            runner.answers["key-1"] = nil
            runner:emit("jack/k1")
            runner.streams[1].inbox = ""
            second:settle()
            -- The first runner still answers, and does not know.
            runner.epoch, runner.by_hand = "e1", true
            first:send({ key = "key-1", conf = { verdict_ttl = 0 } })
            runner:reply(runner.calls[#runner.calls],
                         { verdict = "accepted", epoch = "e1", sequence = 0, consumer = "jack", credential = "k1" })
            first:settle()
            runner.by_hand = false
            runner.epoch = "e2"
            assert.equal(401, second:status("key-1"))
            runner:stop()
            assert.equal(503, world.with_keys(second):status("key-1"))
        end)

        it("count ages by a clock that nothing sets", function()
            runner:accepts("key-2", "jack", "k2", 10000)
            assert.equal(200, first:status("key-2"))
            advance(4, first)
            first:set_clock_back(360)
            first:advance(0.1)
            local second = world.with_follower(first)
            assert.equal(200, second:status("key-2", { grace = 3600 }))
            assert.equal(1, runner:calls_for("key-2"))
            runner.answers["key-2"] = nil
            advance(6, first, second)
            assert.equal(401, second:status("key-2", { grace = 3600 }))
            runner:stop()
            assert.equal(503, world.with_keys(second):status("key-2", { grace = 3600 }))
        end)

        it("count no age if the clock is set forward", function()
            advance(4, first)
            first.clock, first.set_back = first.clock + 3600, first.set_back - 3600
            local second = world.with_follower(first)
            assert.equal(200, second:status("key-1"))
            assert.equal(1, calls())
        end)
    end)
end)
