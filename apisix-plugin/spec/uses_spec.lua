-- Reports of uses of remembered credentials.

local world = require("spec.world")

describe("uses of remembered credentials", function()
    local w, runner

    before_each(function()
        w, runner = world.with_follower()
        -- The runner counts a question as one use.
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("jill's"))
    end)

    local function use(key, times)
        for _ = 1, times do
            assert.equal(200, w:status(key))
        end
    end

    it("are reported once a second, all in one call", function()
        use("key-1", 3)
        use("jill's", 2)
        w:advance(0.9)
        assert.same({}, runner.uses)
        w:advance(0.2)
        assert.same({ ["key jack/k1"] = { 3, 0 }, ["key jill"] = { 2, 0 } }, runner.uses)
        assert.equal(1, #runner.reports)
        use("key-1", 1)
        w:advance(1.1)
        assert.same({ 4, 0 }, runner.uses["key jack/k1"])
        assert.equal(2, #runner.reports)
    end)

    it("are not reported where there are none", function()
        w:advance(60)
        assert.equal(0, #runner.reports)
    end)

    it("are those of a previous version if that made the key good", function()
        runner.answers["old"] = { verdict = "accepted", consumer = "jack", credential = "k1", previous = true }
        use("old", 4)
        use("key-1", 1)
        w:advance(1.1)
        assert.same({ ["key jack/k1"] = { 1, 3 } }, runner.uses)
    end)

    it("include requests that waited for the answer to another one", function()
        runner.by_hand = true
        for _ = 1, 5 do
            w:send({ key = "key-2" })
        end
        runner:resume()
        runner.by_hand = false
        w:advance(1.1)
        assert.equal(1, runner:calls_for("key-2"))
        assert.same({ ["key jack/k2"] = { 4, 0 } }, runner.uses)
    end)

    it("wait while the runner is away, grace included, and are reported when it is back", function()
        use("key-1", 2)
        runner:stop()
        w:advance(0.1)
        local tries = 0
        local connect = runner.connect
        runner.connect = function(...)
            tries = tries + 1
            return connect(...)
        end
        use("key-1", 3)
        w:advance(20)
        assert.is_true(tries <= 12, tries .. " tries")
        runner:start()
        use("key-1", 1)
        w:advance(1.1)
        -- The last one was a question.
        assert.same({ ["key jack/k1"] = { 5, 0 } }, runner.uses)
    end)

    it("wait for the next runner once it is announced, unless the worker ends", function()
        use("key-1", 2)
        runner:announce_restart()
        runner.mute = true
        w:advance(4)
        assert.equal(0, #runner.reports)
        runner.mute = false
        runner:end_streams()
        runner.epoch = "e2"
        w:advance(2)
        assert.same({ ["key jack/k1"] = { 2, 0 } }, runner.uses)
        use("jill's", 2)
        runner:announce_restart()
        w:settle()
        w.exiting = true
        w:advance(1.1)
        assert.same({ 1, 0 }, runner.uses["key jill"])
    end)

    it("are reported to a runner that takes up to three seconds", function()
        use("key-1", 2)
        local take = runner.take_uses
        runner.take_uses = function(of, call)
            w:spawn(function()
                coroutine.yield(nil, w.clock + 2.5)
                take(of, call)
            end)
        end
        w:advance(1.1)
        use("key-1", 1)
        w:advance(9)
        assert.equal(2, #runner.reports)
        assert.same({ ["key jack/k1"] = { 3, 0 } }, runner.uses)
    end)

    it("are not reported twice if the runner may have taken them", function()
        use("key-1", 2)
        runner.mute = true
        w:advance(2.5)
        runner.mute = false
        w:advance(10)
        assert.equal(1, #runner.reports)
        assert.same({}, runner.uses)
    end)

    it("are kept for a runner that has read no consumers yet", function()
        use("key-1", 2)
        local lines = #w.log
        runner.too_early = true
        w:advance(2.5)
        use("key-1", 1)
        runner.too_early = false
        w:advance(1.1)
        assert.same({ ["key jack/k1"] = { 3, 0 } }, runner.uses)
        assert.equal(3, #runner.reports)
        assert.equal(lines, #w.log)
    end)

    it("are reported in calls of limited size, one at a time", function()
        local consumers = {}
        for i = 1, 1200 do
            consumers[i] = { username = "c" .. i, plugins = world.key_auth("x") }
            runner:accepts("k-" .. i, "c" .. i)
        end
        w:publish(consumers)
        for i = 1, 1200 do
            use("k-" .. i, 2)
        end
        w:advance(1.1)
        assert.equal(3, #runner.reports)
        local count = 0
        for _, uses in pairs(runner.uses) do
            assert.same({ 1, 0 }, uses)
            count = count + 1
        end
        assert.equal(1200, count)
    end)

    it("are left out for a runner that does not know reports, which is said once", function()
        runner.knows_no_uses = true
        for _ = 1, 50 do
            use("key-1", 1)
            w:advance(1)
        end
        assert.equal(1, #runner.reports)
        local said = 0
        for _, line in ipairs(w.log) do
            said = said + (line.text:find("does not take uses", 1, true) and 1 or 0)
        end
        assert.equal(1, said)
        assert.equal(200, w:status("key-2"))
        assert.equal(1, #runner.streams)
    end)

    it("are reported when the worker ends", function()
        use("key-1", 2)
        w.exiting = true
        w:advance(1.1)
        assert.same({ ["key jack/k1"] = { 2, 0 } }, runner.uses)
    end)
end)
