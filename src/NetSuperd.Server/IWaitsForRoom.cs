namespace NetSuperd.Server;

/// <summary>A caller that may not start one more child now.</summary>
internal interface IWaitsForRoom
{
    /// <summary>There is room again. Called once after each <see cref="IDestination.MustWait"/> that said so, on any thread.</summary>
    void RoomMade();
}
