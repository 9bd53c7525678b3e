-- The plugin's log.

local world = require("spec.world")

describe("the log", function()
    it("has few lines, however often something fails, and never contains a key", function()
        local w = world.new()
        w:publish({ world.JACK })
        w.runner:accepts("the-good-key", "jack", "k1")
        w:status("the-good-key")
        for i = 1, 200 do
            w:status("the-wrong-key-" .. i)
        end
        w.runner:stop()
        for i = 1, 50 do
            w:status("the-other-key-" .. i)
            w:status("the-good-key")
            w:advance(0.1)
        end
        assert.is_true(#w.log > 0 and #w.log <= 4)
        for _, line in ipairs(w.log) do
            assert.is_nil(line.text:find("the-", 1, true))
            assert.is_nil(line.text:find("jack", 1, true))
        end
    end)
end)

describe("no line of the log", function()
    it("is written during a request, since nginx would add the request's line with a key in its query", function()
        local w = world.new()
        w:publish({ world.JACK })
        local during_a_request = 0
        local log = ngx.log
        ngx.log = function(...)
            during_a_request = during_a_request + (w.running.request and 1 or 0)
            return log(...)
        end
        w:send({ arguments = { { "apikey", "wrong" } }, conf = { anonymous_consumer = "missing" } })
        w.runner:stop()
        w:send({ arguments = { { "apikey", "wrong-too" } } })
        assert.is_true(#w.log >= 3)
        assert.equal(0, during_a_request)
    end)
end)
