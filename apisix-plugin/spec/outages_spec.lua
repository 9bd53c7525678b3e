-- Requests while the runner is away, hangs or cannot decide.

local world = require("spec.world")

local NO_GRACE = { grace = 0 }

describe("while the runner cannot be asked,", function()
    local w, runner

    -- Returns a table whose count says how often a connection was tried from now on.
    local function count_tries()
        local tries = { count = 0 }
        local connect = runner.connect
        runner.connect = function(...)
            tries.count = tries.count + 1
            return connect(...)
        end
        return tries
    end

    before_each(function()
        w, runner = world.with_follower()
        -- Asked about often, so that the specs are short.
        w.conf = { verdict_ttl = 5 }
        assert.equal(200, w:status("key-1"))
    end)

    it("a known key passes for grace, and no longer", function()
        runner:stop()
        for _ = 1, 29 do
            assert.equal(200, w:status("key-1"))
            w:advance(1)
        end
        w:advance(1.1)
        assert.equal(503, w:status("key-1"))
    end)

    it("the grace counts from when the runner was heard last, not from the last answer", function()
        local lasting = { verdict_ttl = 3600 }
        w:advance(100)
        assert.equal(200, w:status("key-1", lasting))
        w:advance(500)
        assert.equal(200, w:status("key-1", lasting))
        local calls = runner:calls_for("key-1")
        runner:stop()
        w:advance(28)
        assert.equal(200, w:status("key-1", lasting))
        w:advance(2.1)
        assert.equal(503, w:status("key-1", lasting))
        assert.equal(calls, runner:calls_for("key-1"))
    end)

    it("grace after a restart counts from when the runner before it was heard last", function()
        w:advance(3)
        runner:stop()
        w:advance(20)
        runner:start()
        runner.answers["key-1"] = { verdict = "unavailable", reason = "unresolved" }
        w:advance(5)
        assert.equal(1, #runner.streams)
        assert.equal(200, w:status("key-1", { verdict_ttl = 600 }))
        w:advance(6)
        assert.equal(503, w:status("key-1", { verdict_ttl = 600 }))
    end)

    it("a runner that is heard and does not answer is covered for verdict_ttl and grace since the last answer", function()
        runner.by_hand = true
        w:advance(34)
        assert.is_true(runner.streams[1].open)
        local request = w:send({ key = "key-1" })
        w:advance(0.3)
        assert.is_true(request.done)
        assert.is_nil(request.code)
        w:advance(2)
        request = w:send({ key = "key-1" })
        w:advance(3.1)
        assert.equal(503, request.code)
    end)

    it("no key passes without grace, not even within verdict_ttl", function()
        runner:stop()
        w:settle()
        assert.equal(503, w:status("key-1", NO_GRACE))
    end)

    it("nor does an unknown key", function()
        runner:stop()
        local request = w:send({ key = "key-2" })
        assert.equal(503, request.code)
        assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
        assert.equal("1", request.answer_headers["Retry-After"])
    end)

    it("not even where there is an anonymous consumer", function()
        runner:stop()
        assert.equal(503, w:status("key-2", { anonymous_consumer = "jill" }))
    end)

    it("a refusal is not covered", function()
        runner:stop()
        w:settle()
        assert.equal(503, w:status("unknown"))
    end)

    it("grace does not extend itself", function()
        runner:stop()
        for _ = 1, 70 do
            w:advance(0.5)
            w:status("key-1")
        end
        assert.equal(503, w:status("key-1"))
    end)

    it("grace covers a runner that cannot decide yet", function()
        runner.answers["key-1"] = { verdict = "unavailable", reason = "unresolved" }
        w:advance(6)
        assert.equal(200, w:status("key-1"))
        w:advance(30)
        local request = w:send({ key = "key-1" })
        assert.equal(503, request.code)
        assert.same({ message = "Some credentials could not be resolved yet" }, request.body)
    end)

    it("grace covers a runner that cannot decide yet and answers 401 in that case", function()
        runner.answers["key-1"] = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        w:advance(6)
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1"))
        w:advance(30)
        assert.equal(401, w:status("key-1"))
    end)

    it("grace does not cover a key that an event ended, although the runner cannot decide", function()
        runner.answers["key-1"] = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        runner:emit("jack/k1")
        w:settle()
        assert.equal(401, w:status("key-1"))
    end)

    it("a verdict with the runner's own limit ends at that limit", function()
        runner:accepts("key-2", "jack", "k2", 3000)
        assert.equal(200, w:status("key-2"))
        runner:stop()
        w:advance(2.9)
        assert.equal(200, w:status("key-2"))
        w:advance(0.2)
        assert.equal(503, w:status("key-2"))
    end)

    it("everything works as before when the runner is back, with any sequence number", function()
        runner:stop()
        w:advance(3)
        assert.equal(200, w:status("key-1"))
        runner.answers["key-1"] = nil
        runner:start()
        -- A request that has found out that it is away tries again after a second.
        w:advance(1.1)
        assert.equal(401, w:status("key-1"))
    end)

    it("it is tried once in a second under traffic, whether keys are known or not", function()
        runner:stop()
        local tries = count_tries()
        for i = 1, 1000 do
            if i <= 280 then
                assert.equal(200, w:status("key-1"))
            end
            assert.equal(503, w:status("unknown-" .. i))
            w:advance(0.1)
        end
        assert.is_true(tries.count >= 95 and tries.count <= 104, tries.count .. " tries in 100 seconds")
    end)

    it("it is tried less and less often without traffic, and a request finds at once that it is back", function()
        runner:stop()
        local tries = count_tries()
        w:advance(100)
        assert.is_true(tries.count <= 7 + 100 / 5, tries.count .. " tries in 100 seconds")
        runner:start()
        assert.equal(200, w:status("key-1"))
        w:settle()
        assert.equal(1, #runner.streams)
    end)

    it("an unknown key is asked about as long as connections are accepted", function()
        runner.mute = true
        w:advance(4)
        local first = w:send({ key = "key-2" })
        w:advance(3.1)
        assert.equal(503, first.code)
        assert.equal("waits", w:status("jill's"))
        runner:resume()
        w:settle()
        assert.equal(200, w:status("jill's"))
    end)

    describe("but another one takes its place in order,", function()
        before_each(function()
            runner:announce_restart()
            w:settle()
        end)

        it("a known key passes without a question, and is asked about when the other one is heard", function()
            runner.tells = false
            runner:end_streams()
            w:settle()
            for _ = 1, 10 do
                assert.equal(200, w:status("key-1"))
            end
            assert.equal(1, runner:calls_for("key-1"))
            runner.tells = true
            runner.epoch = "e2"
            w:advance(0.21)
            assert.equal(200, w:status("key-1"))
            assert.equal(200, w:status("key-1"))
            assert.equal(2, runner:calls_for("key-1"))
        end)

        it("an unknown key is asked about", function()
            runner:end_streams()
            runner.tells = false
            w:settle()
            assert.equal(200, w:status("key-2"))
        end)

        it("the stream is tried again at once, and nothing is logged", function()
            local lines = #w.log
            runner:end_streams()
            runner.epoch = "e2"
            w:settle()
            assert.equal(1, #runner.streams)
            assert.equal(lines, #w.log)
        end)

        it("and it says then that it stays, a known key is asked about as ever", function()
            runner:tell({ sequence = runner.sequence, restart = false })
            w:settle()
            runner:end_streams()
            runner.tells = false
            w:settle()
            assert.equal(200, w:status("key-1"))
            assert.equal(2, runner:calls_for("key-1"))
        end)

        it("no key passes without grace", function()
            runner.answers["key-1"] = nil
            runner:end_streams()
            runner.tells = false
            w:settle()
            assert.equal(401, w:status("key-1", NO_GRACE))
        end)

        it("and events count until then", function()
            runner.answers["key-1"] = nil
            runner:emit("jack/k1")
            w:settle()
            runner:stop()
            assert.equal(503, w:status("key-1"))
        end)

        it("for ten seconds, in which no other one comes: as when it was killed", function()
            runner:stop()
            w:advance(10.1)
            assert.equal(200, w:status("key-1"))
            assert.is_true(#w.log > 0)
            w:advance(20)
            assert.equal(503, w:status("key-1"))
        end)
    end)

    it("a request that waits for a turn then does not wait longer", function()
        for i = 1, 40 do
            runner:accepts("k-" .. i, "jack", "k1")
            assert.equal(200, w:status("k-" .. i))
        end
        runner.mute = true
        w:advance(6)
        for i = 1, 32 do
            assert.equal("waits", w:status("k-" .. i, { verdict_ttl = 0 }))
        end
        w:advance(0.1)
        local late = w:send({ key = "k-33" })
        assert.is_false(late.done)
        w:advance(0.15)
        assert.is_true(late.done)
        assert.is_nil(late.code)
        assert.equal(1, runner:calls_for("k-33"))
    end)

    it("events still arriving do not mean that the runner answers", function()
        for i = 1, 10 do
            runner:accepts("k-" .. i, "jack", "k1")
            assert.equal(200, w:status("k-" .. i))
        end
        w:advance(6)
        runner.by_hand = true
        local calls, passed = #runner.calls, 0
        for _ = 1, 50 do
            for i = 1, 10 do
                passed = passed + (w:status("k-" .. i) == 200 and 1 or 0)
            end
            w:advance(0.1)
        end
        assert.equal(1, #runner.streams)
        -- At first each request asks, then one per second.
        assert.is_true(#runner.calls - calls <= 10 + 5, #runner.calls - calls .. " calls")
        assert.is_true(passed > 350, passed .. " passed at once")
    end)

    it("an answer from it ends the grace", function()
        w:advance(6)
        local connect = runner.connect
        runner.connect = function(of, path)
            if not path:find("events") then
                return nil, "connection refused"
            end
            return connect(of, path)
        end
        for _, connection in ipairs(runner.connections) do
            connection.open = false
        end
        w.clock = math.floor(w.clock) + 0.6
        w:settle()
        assert.equal(200, w:status("key-1"))
        runner.connect = connect
        runner.answers["key-1"] = nil
        assert.equal(200, w:status("key-1"))
        w:advance(1.1)
        assert.equal(401, w:status("key-1"))
    end)

    describe("but still accepts connections (stopped),", function()
        before_each(function()
            runner.mute = true
            w:advance(6)
        end)

        it("one request finds out, and the others do not wait for it", function()
            local first = w:send({ key = "key-1" })
            assert.is_false(first.done)
            w:advance(0.25)
            assert.is_true(first.done)
            assert.is_nil(first.code)
            for _ = 1, 9 do
                assert.equal(200, w:status("key-1"))
                w:advance(0.1)
            end
        end)

        it("and once a second another request checks whether it is back", function()
            w:status("key-1")
            w:advance(1.1)
            w:status("key-1")
            w:advance(1)
            local calls = #runner.calls
            assert.equal("waits", w:status("key-1"))
            assert.equal(calls + 1, #runner.calls)
            assert.equal(200, w:status("key-1"))
            runner.answers["key-1"] = nil
            runner:resume()
            w:settle()
            assert.equal(401, w:status("key-1"))
        end)
    end)
end)
