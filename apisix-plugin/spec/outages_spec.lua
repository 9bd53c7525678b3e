-- Requests while the runner is away, hangs or cannot decide.

local world = require("spec.world")

local NO_GRACE = { grace = 0 }

describe("while the runner cannot be asked,", function()
    local w, runner

    before_each(function()
        w, runner = world.with_follower()
        assert.equal(200, w:status("key-1"))
    end)

    it("a known key passes for verdict_ttl and grace, and no longer", function()
        runner:stop()
        for _ = 1, 34 do
            assert.equal(200, w:status("key-1"))
            w:advance(1)
        end
        w:advance(1.1)
        assert.equal(503, w:status("key-1"))
    end)

    it("the grace counts from the last answer", function()
        w:advance(20)
        assert.equal(200, w:status("key-1"))
        runner:stop()
        w:advance(34)
        assert.equal(200, w:status("key-1"))
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
        w:advance(0.25)
        assert.equal(401, w:status("key-1"))
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
