-- The questions to the runner, and their number at a time.

local world = require("spec.world")

local ALWAYS_ASK = { verdict_ttl = 0 }

local w, runner

-- A worker that follows the stream of events.
local function new_worker()
    w, runner = world.with_follower()
end

describe("a worker asks once", function()
    before_each(new_worker)

    it("for all requests that wait for the same key", function()
        runner.by_hand = true
        local requests = {}
        for i = 1, 20 do
            requests[i] = w:send({ key = "key-1" })
        end
        assert.equal(1, runner:calls_for("key-1"))
        runner:resume()
        w:settle()
        for _, request in ipairs(requests) do
            assert.is_true(request.done)
            assert.is_nil(request.code)
        end
    end)

    it("more on a new connection if the kept one had been closed", function()
        assert.equal(200, w:status("key-1"))
        for _, connection in ipairs(runner.connections) do
            connection.open = false
        end
        assert.equal(200, w:status("key-2"))
        assert.equal(1, runner:calls_for("key-2"))
    end)

    it("more on a new connection each time that the runner is restarted", function()
        for _ = 1, 3 do
            assert.equal(200, w:status("key-1", ALWAYS_ASK))
            assert.equal(200, w:status("key-2", ALWAYS_ASK))
            for _, connection in ipairs(runner.connections) do
                connection.open = false
            end
            assert.equal(200, w:status("jill's", { verdict_ttl = 0, grace = 0 }))
        end
    end)

    it("and not again when the runner does not answer in time", function()
        runner.by_hand = true
        local request = w:send({ key = "key-1" })
        w:advance(2.9)
        assert.is_false(request.done)
        w:advance(0.2)
        assert.equal(503, request.code)
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("and only briefly for a key in grace, if a runner accepts connections before it answers", function()
        w.conf = { verdict_ttl = 5 }
        assert.equal(200, w:status("key-1"))
        runner.by_hand = true
        w:advance(6)
        local first = w:send({ key = "key-1" })
        w:advance(0.15)
        assert.is_falsy(first.done)
        w:advance(0.1)
        assert.is_true(first.done)
        assert.is_nil(first.code)
        -- The others need not wait at all.
        local second = w:send({ key = "key-1" })
        assert.is_true(second.done)
        assert.is_nil(second.code)
    end)

    it("once more if the runner ends before it answers, and not again", function()
        runner.by_hand = true
        local request = w:send({ key = "key-1" })
        runner.connections[#runner.connections].open = false
        w:settle()
        assert.equal(2, runner:calls_for("key-1"))
        assert.is_false(request.done)
        runner.connections[#runner.connections].open = false
        w:settle()
        assert.equal(503, request.code)
        assert.equal(2, runner:calls_for("key-1"))
    end)

    it("and never uses an answer to another question", function()
        runner.by_hand = true
        local request = w:send({ key = "wrong" })
        w:advance(3.1)
        assert.equal(503, request.code)
        w:advance(1)
        runner.by_hand = false
        -- The late answer comes on a connection that is no longer used.
        runner:reply(runner.calls[#runner.calls], runner:answer_to("key-1"))
        assert.equal(401, w:status("wrong"))
    end)
end)

describe("a worker bounds", function()
    before_each(new_worker)

    it("the questions at a time; the others wait their turn", function()
        runner.by_hand = true
        local requests = {}
        for i = 1, 100 do
            requests[i] = w:send({ key = "wrong-" .. i })
        end
        assert.equal(32, runner:unanswered())
        for _ = 1, 100 do
            runner:resume()
            w:settle()
        end
        assert.equal(32, runner.at_once)
        for _, request in ipairs(requests) do
            assert.equal(401, request.code)
        end
    end)

    it("the wait for a turn", function()
        runner.mute = true
        local requests = {}
        for i = 1, 100 do
            requests[i] = w:send({ key = "wrong-" .. i })
        end
        w:advance(6.1)
        for _, request in ipairs(requests) do
            assert.equal(503, request.code)
        end
    end)

    it("the length of the line", function()
        runner.mute = true
        for i = 1, 32 + 1024 do
            assert.equal("waits", w:status("wrong-" .. i))
        end
        assert.equal(503, w:status("one-more"))
    end)

    it("the effect of wrong keys: good ones have their own line", function()
        assert.equal(200, w:status("key-1", ALWAYS_ASK))
        runner.by_hand = true
        for i = 1, 200 do
            w:send({ key = "wrong-" .. i })
        end
        local good = w:send({ key = "key-1", conf = ALWAYS_ASK })
        runner:reply(runner.calls[#runner.calls], runner:answer_to("key-1"))
        assert.equal("key-1", runner.calls[#runner.calls].key)
        w:settle()
        assert.is_true(good.done)
        assert.is_nil(good.code)
    end)

    it("its turns also when requests are ended while they ask", function()
        runner.mute = true
        for i = 1, 32 do
            w:send({ key = "wrong-" .. i })
        end
        w:end_requests()
        runner.mute = false
        w:advance(6.1)
        assert.equal(200, w:status("key-1"))
    end)

    it("its turns also when requests are ended while they wait for one", function()
        runner.mute = true
        for i = 1, 32 + 1024 do
            w:send({ key = "wrong-" .. i })
        end
        w:end_requests()
        runner.mute = false
        w:advance(6.1)
        for i = 1, 100 do
            assert.equal(401, w:status("other-" .. i))
        end
    end)

    it("the traces of requests that are ended", function()
        local function bytes_after(rounds)
            for round = 1, rounds do
                runner.mute = true
                for i = 1, 200 do
                    w:send({ key = "wrong-" .. round .. "-" .. i })
                end
                w:end_requests()
                runner.calls = {}
                w:advance(6.1)
            end
            runner.mute, runner.connections = false, {}
            collectgarbage()
            collectgarbage()
            return collectgarbage("count") * 1024
        end
        local before = bytes_after(10)
        local each = (bytes_after(40) - before) / (40 * 200)
        assert.is_true(each < 20, each .. " bytes")
    end)
end)
