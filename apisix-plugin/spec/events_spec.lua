-- Following the stream of events.

local cjson = require("cjson.safe")
local world = require("spec.world")

describe("the stream of events", function()
    local w, runner

    before_each(function()
        w = world.with_keys()
        runner = w.runner
    end)

    local function followed()
        w:status("unknown")
        w:advance(0.01)
        assert.equal(1, #runner.streams)
    end

    it("is followed by one connection, from the first request on", function()
        assert.equal(0, #runner.streams)
        for _ = 1, 5 do
            w:status("key-1")
        end
        w:advance(2)
        assert.equal(1, #runner.streams)
    end)

    it("is needed to remember: without it each request asks", function()
        runner.tells = false
        for _ = 1, 3 do
            assert.equal(200, w:status("key-1"))
        end
        assert.equal(3, runner:calls_for("key-1"))
        runner.tells = true
        w:advance(0.3)
        w:status("key-1")
        w:status("key-1")
        assert.equal(4, runner:calls_for("key-1"))
    end)

    it("when lost, is followed again at once; known keys are asked about again if the sequence advanced", function()
        followed()
        w:advance(4)
        w:status("key-1")
        runner:end_streams()
        runner.sequence = runner.sequence + 1
        w:settle()
        assert.equal(1, #runner.streams)
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
    end)

    local NOT_KNOWN_YET = { verdict = "unavailable", reason = "unresolved" }

    it("when lost, ends grace for what the same runner's events name meanwhile", function()
        followed()
        w:status("key-1")
        runner:end_streams()
        runner.sequence = runner.sequence + 1
        w:settle()
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(503, w:status("key-1"))
    end)

    it("while lost, ends grace after missed events, which the sequence in answers reveals", function()
        followed()
        w:status("key-1")
        w:status("jill's")
        runner.tells = false
        runner:end_streams()
        w:settle()
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(200, w:status("key-1"))
        runner.sequence = runner.sequence + 1
        assert.equal(503, w:status("key-1"))
        runner:stop()
        assert.equal(503, w:status("jill's"))
    end)

    it("never received, ends grace after missed events, too", function()
        runner.tells = false
        assert.equal(200, w:status("key-1"))
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(200, w:status("key-1"))
        runner.sequence = runner.sequence + 1
        assert.equal(503, w:status("key-1"))
    end)

    it("of another runner ends no grace, since that runner may not know all keys yet", function()
        followed()
        w:status("key-1")
        runner:stop()
        runner:start()
        runner.sequence = 7
        runner.answers["key-1"] = NOT_KNOWN_YET
        w:advance(0.2)
        assert.equal(1, #runner.streams)
        assert.equal(200, w:status("key-1"))
    end)

    it("may be behind the answers: the next event is handled although an answer included it", function()
        followed()
        runner.tells = false
        runner:end_streams()
        w:settle()
        runner.sequence = 3
        assert.equal(200, w:status("key-1"))
        runner.sequence = 2
        runner.tells = true
        w:advance(0.3)
        assert.equal(1, #runner.streams)
        runner:emit("jill")
        w:settle()
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
        assert.equal(1, #runner.streams)
        assert.is_true(runner.streams[1].open)
    end)

    it("with an event that could not be handled counts as one with a gap", function()
        followed()
        w:status("key-1")
        local decode = cjson.decode
        cjson.decode = function(line)
            if line:find('"forget"') then
                -- As if memory ran out during the work.
                local one = setmetatable({}, { __index = function()
                    error("not enough memory")
                end })
                return { sequence = runner.sequence, forget = { one } }
            end
            return decode(line)
        end
        runner:emit("jack/k1")
        w:settle()
        cjson.decode = decode
        runner.answers["key-1"] = NOT_KNOWN_YET
        w:advance(0.3)
        assert.equal(503, w:status("key-1"))
    end)

    it("when lost, causes no questions if the sequence did not advance", function()
        followed()
        w:advance(4)
        w:status("key-1")
        runner:end_streams()
        w:settle()
        assert.equal(200, w:status("key-1"))
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("while lost, does not treat answers as events", function()
        followed()
        runner:end_streams()
        runner.tells = false
        w:settle()
        assert.equal(200, w:status("key-1"))
        runner.tells = true
        w:advance(0.3)
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
    end)

    it("is a new one after the runner was restarted", function()
        followed()
        w:status("key-1")
        runner:stop()
        runner:start()
        w:advance(0.2)
        runner.answers["key-1"] = nil
        assert.equal(401, w:status("key-1"))
    end)

    it("is closed after 3 seconds of silence", function()
        followed()
        w:status("key-1", { verdict_ttl = 3600 })
        w:advance(10)
        assert.equal(200, w:status("key-1", { verdict_ttl = 3600 }))
        assert.equal(1, runner:calls_for("key-1"))
        runner.mute = true
        w:advance(3.1)
        assert.equal("waits", w:status("key-1", { verdict_ttl = 3600 }))
        assert.equal(2, runner:calls_for("key-1"))
    end)

    for what, line in pairs({
        ["a number that does not follow"] = { sequence = 5, forget = { { consumer = "jill" } } },
        ["an old number"] = { sequence = 0, forget = { { consumer = "jill" } } },
        ["alive with another number"] = { sequence = 5 },
        ["no number"] = { forget = "all" },
        ["something else to forget"] = { sequence = 1, forget = "some" },
        ["no consumer to forget"] = { sequence = 1, forget = { { credential = "k1" } } },
    }) do
        it("is followed again, and all keys are asked about, after " .. what, function()
            followed()
            w:status("key-1")
            runner:tell(line)
            w:advance(0.3)
            assert.equal(200, w:status("key-1"))
            assert.equal(2, runner:calls_for("key-1"))
            w:status("key-1")
            assert.equal(2, runner:calls_for("key-1"))
        end)
    end

    it("goes on after all under the last number, which follows lines about values that were missed", function()
        followed()
        runner:emit("jill")
        w:settle()
        assert.equal(200, w:status("key-1"))
        local connection = runner.streams[1]
        runner:tell({ sequence = 1, forget = "all" })
        w:advance(0.3)
        assert.is_true(connection.open)
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
        runner:tell({ sequence = 0, forget = "all" })
        w:settle()
        assert.is_false(connection.open)
    end)

    it("is no stream without a greeting", function()
        runner.connect = (function(connect)
            return function(of, path)
                local connection, err = connect(of, path)
                if connection and connection.events then
                    connection.inbox = "HTTP/1.1 400 Bad Request\r\n"
                end
                return connection, err
            end
        end)(runner.connect)
        followed()
        w:advance(5)
        w:status("key-1")
        w:status("key-1")
        assert.equal(2, runner:calls_for("key-1"))
        assert.is_true(#runner.streams < 5 / 0.2 + 10)
    end)

    it("is tried less and less often, but at least each 5 s", function()
        local tries = {}
        runner.tells = false
        local connect = runner.connect
        runner.connect = function(of, path)
            if path:find("events") then
                table.insert(tries, w.clock)
            end
            return connect(of, path)
        end
        w:status("key-1")
        local start = w.clock
        w:advance(60)
        assert.near(0, tries[1] - start, 1e-6)
        for i, wait in ipairs({ 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5 }) do
            assert.near(wait, tries[i + 1] - tries[i], 1e-6)
        end
        assert.is_true(#tries <= 19)
    end)

    it("is tried once in a second while the runner answers requests", function()
        runner.tells = false
        w:status("key-1")
        w:advance(60)
        local tries = 0
        local connect = runner.connect
        runner.connect = function(of, path)
            tries = tries + (path:find("events") and 1 or 0)
            return connect(of, path)
        end
        for _ = 1, 100 do
            assert.equal(200, w:status("key-1"))
            w:advance(0.1)
        end
        assert.is_true(tries >= 9 and tries <= 12, tries .. " tries")
        runner.tells = true
        w:advance(1)
        w:status("key-1")
        w:settle()
        assert.equal(1, #runner.streams)
    end)

    it("is started by a later request if no timer was available", function()
        w.no_timers = true
        w:status("key-1")
        w.no_timers = false
        w:status("key-1")
        w:advance(0.01)
        assert.equal(1, #runner.streams)
    end)

    it("ends with the worker", function()
        followed()
        w.exiting = true
        w:advance(1.1)
        for _, connection in ipairs(runner.streams) do
            assert.is_false(connection.open)
        end
        assert.equal(200, w:status("key-1"))
    end)

    it("ends when APISIX reloads its plugins", function()
        followed()
        w.plugin.destroy()
        w:advance(1.1)
        for _, connection in ipairs(runner.streams) do
            assert.is_false(connection.open)
        end
        w:advance(5)
        assert.equal(1, #runner.streams)
    end)
end)
