using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Tests.Config;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests.Workers;

/// <summary>A worker sees the settings that the map has, with their positions.</summary>
public sealed class SettingFormTests
{
    [Fact]
    public void Settings_ThatGoToAWorker_ArriveWithTheirPositions()
    {
        var service = MapFiles.LoadText("""
            [ports]
            7 = "a"
            [services.a]
            handler = "echo"
            [services.a.settings]
            text = "a \u001b \u00e4"
            whole = -7
            number = 2.5
            endless = inf
            truth = true
            list = ["a", 1, [2]]
            inner.deep = { word = "x" }
            """, MapFiles.Plain).Map.Services.Single(service => service.Name == "a");

        var message = WorkerJson.Write(MessageKind.Create, new HandlerOrder(1, "a", "echo", null, SettingForm.Of(service.Settings)));
        var arrived = WorkerJson.Read<HandlerOrder>(message)!.Settings.ToSettings();

        Assert.Equal(TomlWriter.Value(service.Settings), TomlWriter.Value(arrived));
        Assert.Equal(service.Settings.Error("truth", "").Position, arrived.Error("truth", "").Position);
        Assert.Equal(
            service.Settings.GetTable("inner").GetTable("deep").Error("word", "").Position,
            arrived.GetTable("inner").GetTable("deep").Error("word", "").Position);
    }

    [Fact]
    public void Message_ThatIsTooLong_IsNotMade()
    {
        var settings = Settings.Of(new Dictionary<string, object> { ["a"] = new string('x', 70_000) });

        Assert.Null(WorkerJson.Write(MessageKind.Create, new HandlerOrder(1, "a", "echo", null, SettingForm.Of(settings))));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"Number\":1}")]
    [InlineData("{\"Number\":1,\"Problems\":null}")]
    [InlineData("null")]
    [InlineData("{\"Number\":1,\"Problems\":[{\"At\":null,\"Message\":null}]}")]
    public void Message_ThatIsMalformed_IsNone(string json) =>
        Assert.Null(WorkerJson.Read<HandlerReport>([(byte)MessageKind.Created, .. System.Text.Encoding.UTF8.GetBytes(json)]));
}
